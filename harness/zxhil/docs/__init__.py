"""System call pages, in any form they were saved in, as tables of documented errors."""
