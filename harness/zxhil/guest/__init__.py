"""Build guest tests: C files into verified ELF files with tables of cases."""
