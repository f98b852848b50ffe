"""Guest tests: from C files to verified ELF files with their tables of cases."""
