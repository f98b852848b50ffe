// LZ4 frames (lz4_Frame_format.md), as a compressed BOOTFS item holds them.
#pragma once

#include "base.h"

// Decompresses all of the frame. False if it is not well-formed or does not give exactly
// `to_size` bytes. Checksums are not verified: the ZBI has its own.
bool lz4_decompress(const uint8_t* from, size_t from_size, uint8_t* to, size_t to_size);
