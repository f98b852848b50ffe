// For assembly: selectors as in cpu.h.
#define SELECTOR_USER_DATA 0x20
#define SELECTOR_USER_CODE 0x28
