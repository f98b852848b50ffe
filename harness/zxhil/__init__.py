"""zxhil: judge the real Zircon kernel, call by call, against its documented errors."""

__version__ = "0.1.0"
