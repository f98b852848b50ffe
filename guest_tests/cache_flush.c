/* zx_cache_flush: of memory that can be read; of other memory the page says that it may fault. */
#include "zxtest.h"

static void flush(uint32_t options) {
    char bytes[256] = {0};
    zx_cache_flush(bytes, sizeof(bytes), options);
    zx_cache_flush(bytes + 1, 1, options);
    zx_cache_flush(bytes, 0, options);
}

CASE(each_cache, "cache_flush/flushed") {
    flush(ZX_CACHE_FLUSH_INSN);
    flush(ZX_CACHE_FLUSH_DATA);
    flush(ZX_CACHE_FLUSH_INSN | ZX_CACHE_FLUSH_DATA);
    flush(ZX_CACHE_FLUSH_DATA | ZX_CACHE_FLUSH_INVALIDATE);
    flush(ZX_CACHE_FLUSH_INSN | ZX_CACHE_FLUSH_DATA | ZX_CACHE_FLUSH_INVALIDATE);
}

CASE(no_cache, "cache_flush/invalid_args_options") { flush(0); }

CASE(invalidate_alone, "cache_flush/invalid_args_options") {
    flush(ZX_CACHE_FLUSH_INVALIDATE);
    flush(ZX_CACHE_FLUSH_INVALIDATE | ZX_CACHE_FLUSH_INSN);
}

CASE(other_flags, "cache_flush/invalid_args_options") {
    for (uint32_t bit = 8; bit; bit <<= 1) flush(bit | ZX_CACHE_FLUSH_DATA);
}
