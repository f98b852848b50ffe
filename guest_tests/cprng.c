/* Random numbers: zx_cprng_draw, zx_cprng_add_entropy. */
#include "zxtest.h"

CASE(drawn, "cprng_draw/random") {
    char bytes[64];
    for (int i = 0; i < 4; ++i) zx_cprng_draw(bytes, sizeof(bytes));
    for (int i = 0; i < 4; ++i) zx_cprng_draw(bytes, 16);
}

CASE(drawn_little_or_much, "event_create/created") {
    static char bytes[4096];
    close_pair(make_event());
    zx_cprng_draw(bytes, 0);
    zx_cprng_draw(bytes, 1);
    zx_cprng_draw(bytes, 256);
    zx_cprng_draw(bytes, 257);
    zx_cprng_draw(bytes, sizeof(bytes));
}

CASE(entropy, "cprng_add_entropy/accepted") {
    static char bytes[256];
    fill(bytes, sizeof(bytes));
    zx_cprng_add_entropy(bytes, sizeof(bytes));
    zx_cprng_add_entropy(bytes, 1);
    zx_cprng_add_entropy(bytes, 0);
}

CASE(entropy_too_much, "cprng_add_entropy/invalid_args_size") {
    static char bytes[512];
    fill(bytes, sizeof(bytes));
    zx_cprng_add_entropy(bytes, 257);
    zx_cprng_add_entropy(bytes, sizeof(bytes));
    zx_cprng_add_entropy(bytes, SIZE_MAX);
}

CASE(entropy_too_much_unmapped, "cprng_add_entropy/invalid_args_size cprng_add_entropy/invalid_args_buffer") {
    zx_cprng_add_entropy(zx_unmapped(char), 257);
    zx_cprng_add_entropy(NULL, SIZE_MAX);
}
