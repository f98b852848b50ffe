/* A plugin of QEMU's TCG: which blocks of kernel code ran in which case.
 *
 * A block is what QEMU translates at once: instructions without a branch. The guest's runtime marks
 * the begin and the end of each case by instructions that do nothing (guest_tests/rt/rt.h). For
 * each case, each block that ran is in the file once. The file is mapped: it is complete
 * however QEMU ends. The format is that of harness/zxhil/reach/blocks.py.
 *
 * No Debian package has QEMU's header. These are the declarations that are used, of version 1 of
 * the interface as documented in docs/devel/tcg-plugins.rst. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*exec_cb)(unsigned int vcpu, void* data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb*, exec_cb, int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn*, exec_cb, int flags, void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb*, size_t);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn*);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn*);

EXPORT int qemu_plugin_version = 1;

/* The file: this header, the blocks as they were translated, and what ran: indexes of blocks, and
 * which case they are in, with BEGINS set. */
#define SAMPLES 64
#define SAMPLE_BYTES 24
#define MAGIC 0x31736b636f6c627aull /* "zblocks1" */
#define BLOCKS_MAX (1u << 20)
#define HITS_MAX (64u << 20)
#define BEGINS 0x80000000u /* | the number of the case, counted from 1 as they begin; 0: no case */

typedef struct {
    uint64_t address;
    uint8_t code[SAMPLE_BYTES];
} sample_t;

typedef struct {
    uint64_t magic;
    uint32_t blocks, hits, lost, cases, samples, reserved;
    sample_t sample[SAMPLES]; /* the last blocks that were translated, by which the kernel is found */
} header_t;

typedef struct {
    uint64_t address;
    uint32_t size, reserved;
} entry_t;

typedef struct {
    uint32_t index, seen_in;
} block_t;

static header_t* file;
static entry_t* blocks;
static uint32_t* hits;
static uint32_t now_in;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const uint32_t never = UINT32_MAX;

static const struct {
    const char* target;
    uint8_t begin[8], end[8];
    size_t size;
} markers[] = {
    {"x86_64", "\x0f\x1f\x84\x00\x01\x43\x58\x5a", "\x0f\x1f\x84\x00\x02\x43\x58\x5a", 8},
    {"aarch64", "\x3f\x40\x8b\xd2", "\x5f\x40\x8b\xd2", 4},
};
static size_t machine;

/* The caller holds the mutex. */
static void write_hit(uint32_t hit) {
    if (file->hits < HITS_MAX)
        hits[file->hits++] = hit;
    else
        file->lost = 1;
}

static void ran(unsigned int vcpu, void* data) {
    (void)vcpu;
    block_t* block = data;
    if (block->seen_in == now_in) return;
    pthread_mutex_lock(&mutex);
    block->seen_in = now_in;
    write_hit(block->index);
    pthread_mutex_unlock(&mutex);
}

static void enter(uint32_t in_case) {
    pthread_mutex_lock(&mutex);
    now_in = in_case;
    write_hit(BEGINS | in_case);
    pthread_mutex_unlock(&mutex);
}

static void began(unsigned int vcpu, void* data) {
    (void)vcpu;
    (void)data;
    enter(++file->cases);
}

static void ended(unsigned int vcpu, void* data) {
    (void)vcpu;
    (void)data;
    enter(0);
}

static void find_markers(struct qemu_plugin_tb* tb) {
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); ++i) {
        struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
        if (qemu_plugin_insn_size(insn) != markers[machine].size) continue;
        const void* code = qemu_plugin_insn_data(insn);
        if (memcmp(code, markers[machine].begin, markers[machine].size) == 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, began, QEMU_PLUGIN_CB_NO_REGS, NULL);
        else if (memcmp(code, markers[machine].end, markers[machine].size) == 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, ended, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void keep_sample(struct qemu_plugin_tb* tb) {
    sample_t sample = {qemu_plugin_tb_vaddr(tb), {0}};
    size_t have = 0;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb) && have < SAMPLE_BYTES; ++i) {
        struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
        size_t size = qemu_plugin_insn_size(insn);
        if (size > SAMPLE_BYTES - have) size = SAMPLE_BYTES - have;
        memcpy(sample.code + have, qemu_plugin_insn_data(insn), size);
        have += size;
    }
    if (have == SAMPLE_BYTES) file->sample[file->samples++ % SAMPLES] = sample;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
    (void)id;
    uint64_t address = qemu_plugin_tb_vaddr(tb);
    if (!(address >> 63)) {
        find_markers(tb);
        return;
    }
    size_t size = 0, count = qemu_plugin_tb_n_insns(tb);
    for (size_t i = 0; i < count; ++i) size += qemu_plugin_insn_size(qemu_plugin_tb_get_insn(tb, i));
    block_t* block = malloc(sizeof(*block));
    if (!block) abort();
    pthread_mutex_lock(&mutex);
    *block = (block_t){file->blocks, never};
    if (file->blocks == BLOCKS_MAX) {
        file->lost = 1;
        pthread_mutex_unlock(&mutex);
        free(block);
        return;
    }
    blocks[file->blocks++] = (entry_t){address, (uint32_t)size, 0};
    keep_sample(tb);
    pthread_mutex_unlock(&mutex);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, ran, QEMU_PLUGIN_CB_NO_REGS, block);
}

typedef struct {
    const char* target_name; /* the first field of qemu_info_t, and the only one that is used */
} qemu_info_t;

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
    static const char option[] = "out=";
    size_t size = sizeof(header_t) + BLOCKS_MAX * sizeof(*blocks) + HITS_MAX * sizeof(*hits);
    while (machine < sizeof(markers) / sizeof(markers[0]) &&
           strcmp(markers[machine].target, info->target_name) != 0)
        ++machine;
    if (machine == sizeof(markers) / sizeof(markers[0]) || argc != 1 ||
        strncmp(argv[0], option, sizeof(option) - 1) != 0)
        return -1;
    int fd = open(argv[0] + sizeof(option) - 1, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) {
        perror(argv[0]);
        return -1;
    }
    file = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (file == MAP_FAILED) {
        perror("mmap");
        return -1;
    }
    file->magic = MAGIC;
    blocks = (entry_t*)(file + 1);
    hits = (uint32_t*)(blocks + BLOCKS_MAX);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
