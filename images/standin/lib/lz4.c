#include "lz4.h"

#define FRAME_MAGIC 0x184d2204u
#define FLAG_DICTIONARY 0x01
#define FLAG_CONTENT_SIZE 0x08
#define FLAG_BLOCK_CHECKSUM 0x10
#define BLOCK_STORED 0x80000000u
#define MIN_MATCH 4

struct output {
    uint8_t* start;
    uint8_t* at;
    uint8_t* end;
};

static uint32_t read32(const uint8_t* p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// A length nibble of 15 continues in further bytes, the last of which is not 255.
static bool extend(size_t* length, const uint8_t** from, const uint8_t* end) {
    if (*length != 15) {
        return true;
    }
    uint8_t byte;
    do {
        if (*from == end) {
            return false;
        }
        byte = *(*from)++;
        *length += byte;
    } while (byte == 255);
    return true;
}

static bool put(struct output* out, const uint8_t* from, size_t size) {
    if (size > (size_t)(out->end - out->at)) {
        return false;
    }
    memcpy(out->at, from, size);
    out->at += size;
    return true;
}

static bool block(const uint8_t* from, const uint8_t* end, struct output* out) {
    while (from < end) {
        uint8_t token = *from++;
        size_t literals = token >> 4, match = token & 15;
        if (!extend(&literals, &from, end) || literals > (size_t)(end - from) ||
            !put(out, from, literals)) {
            return false;
        }
        from += literals;
        if (from == end) {
            return true;  // the last sequence has no match
        }
        if (end - from < 2) {
            return false;
        }
        size_t distance = from[0] | (size_t)from[1] << 8;
        from += 2;
        if (!extend(&match, &from, end) || distance == 0 ||
            distance > (size_t)(out->at - out->start) ||
            match + MIN_MATCH > (size_t)(out->end - out->at)) {
            return false;
        }
        for (match += MIN_MATCH; match > 0; match--, out->at++) {
            *out->at = out->at[-(ptrdiff_t)distance];  // may overlap, on purpose
        }
    }
    return false;
}

bool lz4_decompress(const uint8_t* from, size_t from_size, uint8_t* to, size_t to_size) {
    const uint8_t* end = from + from_size;
    if (from_size < 7 || read32(from) != FRAME_MAGIC) {
        return false;
    }
    uint8_t flags = from[4];
    size_t header = 7 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0);
    if (from_size < header) {
        return false;
    }
    struct output out = {to, to, to + to_size};
    for (from += header; end - from >= 4;) {
        uint32_t word = read32(from);
        from += 4;
        size_t size = word & ~BLOCK_STORED;
        if (word == 0) {
            return out.at == out.end;
        }
        if (size > (size_t)(end - from)) {
            return false;
        }
        if (word & BLOCK_STORED ? !put(&out, from, size) : !block(from, from + size, &out)) {
            return false;
        }
        from += size;
        from += flags & FLAG_BLOCK_CHECKSUM ? 4 : 0;
    }
    return false;
}
