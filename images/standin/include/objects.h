// The object types. Each begins with its struct object.
#pragma once

#include "object.h"

#define CHANNEL_RIGHTS                                                               \
    ((RIGHTS_BASIC & ~ZX_RIGHT_DUPLICATE) | RIGHTS_IO | ZX_RIGHT_SIGNAL |            \
     ZX_RIGHT_SIGNAL_PEER)
#define SOCKET_RIGHTS \
    (RIGHTS_BASIC | RIGHTS_IO | RIGHTS_PROPERTY | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER)
#define EVENT_RIGHTS (RIGHTS_BASIC | ZX_RIGHT_SIGNAL)
#define EVENTPAIR_RIGHTS (RIGHTS_BASIC | RIGHTS_IO | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER)
#define FIFO_RIGHTS (RIGHTS_BASIC | RIGHTS_IO | ZX_RIGHT_SIGNAL | ZX_RIGHT_SIGNAL_PEER)
#define VMO_RIGHTS                                                                   \
    (RIGHTS_BASIC | RIGHTS_IO | RIGHTS_PROPERTY | ZX_RIGHT_EXECUTE | ZX_RIGHT_MAP |  \
     ZX_RIGHT_SIGNAL)
#define PORT_RIGHTS ((RIGHTS_BASIC & ~ZX_RIGHT_WAIT) | RIGHTS_IO)
#define TIMER_RIGHTS (RIGHTS_BASIC | RIGHTS_IO | ZX_RIGHT_SIGNAL)
#define INTERRUPT_RIGHTS (RIGHTS_BASIC | RIGHTS_IO | ZX_RIGHT_SIGNAL)
#define VMAR_RIGHTS (RIGHTS_BASIC & ~ZX_RIGHT_WAIT)
#define RESOURCE_RIGHTS \
    (ZX_RIGHT_TRANSFER | ZX_RIGHT_DUPLICATE | ZX_RIGHT_WRITE | ZX_RIGHT_INSPECT)
#define JOB_RIGHTS                                                                    \
    (RIGHTS_BASIC | RIGHTS_IO | RIGHTS_PROPERTY | RIGHTS_POLICY | ZX_RIGHT_ENUMERATE | \
     ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_JOB | ZX_RIGHT_MANAGE_PROCESS)
#define PROCESS_RIGHTS                                                                \
    (RIGHTS_BASIC | RIGHTS_IO | RIGHTS_PROPERTY | ZX_RIGHT_ENUMERATE | ZX_RIGHT_DESTROY | \
     ZX_RIGHT_SIGNAL | ZX_RIGHT_MANAGE_PROCESS | ZX_RIGHT_MANAGE_THREAD)
#define THREAD_RIGHTS                                                                 \
    (RIGHTS_BASIC | RIGHTS_IO | RIGHTS_PROPERTY | ZX_RIGHT_DESTROY | ZX_RIGHT_SIGNAL | \
     ZX_RIGHT_MANAGE_THREAD)

// One more than a message may have: room for the faults that get the limit wrong.
#define MESSAGE_HANDLES (ZX_CHANNEL_MAX_MSG_HANDLES + 1)

struct message {
    struct list node;
    uint32_t num_bytes;
    uint32_t num_handles;
    struct handle handles[MESSAGE_HANDLES];
    uint8_t bytes[];
};

// Uninitialized except for its sizes; NULL if out of memory.
struct message* message_new(uint32_t num_bytes);
// Closes the handles that are in it.
void message_free(struct message* message);

struct channel {
    struct object base;
    struct channel* peer;  // NULL once the peer is closed
    struct list messages;
};

bool channel_pair(struct channel* out[2]);
// Takes the message; the channel must have a peer.
void channel_send(struct channel* channel, struct message* message);
struct message* channel_receive(struct channel* channel);
void channel_closed(struct channel* channel);

struct socket {
    struct object base;
    struct socket* peer;
    uint32_t options;
    struct list packets;      // of a stream: pieces of any size
    size_t buffered;          // bytes in packets
    struct packet* control;   // the one control message
    struct handle shared;     // the share queue: what this end may accept
    bool has_accepted;        // since creation; a fault needs it
    uint64_t rx_threshold;    // 0: none
    uint64_t tx_threshold;
    bool read_off;            // zx_socket_shutdown, at this end or the other one
    bool write_off;
    bool was_shut;            // either end, once; a fault needs it
};

struct packet {
    struct list node;
    size_t size;
    size_t taken;  // bytes of a stream's packet already read
    uint8_t bytes[];
};

// Signals that zx.h has no name for: no page that the harness judges names them.
#define SOCKET_CONTROL_READABLE (1u << 6)
#define SOCKET_CONTROL_WRITABLE (1u << 7)

#define SOCKET_CAPACITY 0x40000u
#define SOCKET_CONTROL_CAPACITY 1024u

bool socket_pair(uint32_t options, struct socket* out[2]);
void socket_closed(struct socket* socket);
// After a change of buffers or share queues: the signals of both ends.
void socket_update_signals(struct socket* socket);

struct fifo {
    struct object base;
    struct fifo* peer;
    size_t elem_count;
    size_t elem_size;
    size_t first;  // place of the oldest element
    size_t waiting;  // elements that can be read here
    uint8_t* elements;
};

#define FIFO_MAX_BYTES 4096u

bool fifo_pair(size_t elem_count, size_t elem_size, struct fifo* out[2]);
// The memory of the element that is `index` places behind the oldest one.
uint8_t* fifo_element(const struct fifo* fifo, size_t index);
// After a change of what waits: the signals of both ends.
void fifo_update_signals(struct fifo* fifo);
void fifo_closed(struct fifo* fifo);
void fifo_destroy(struct fifo* fifo);

struct timer {
    struct object base;
    zx_time_t deadline;
    struct list node;  // in the list of those that are pending
};

struct timer* timer_new(void);
// What was set before is cancelled, and the signal is cleared.
void timer_cancel(struct timer* timer);
void timer_set(struct timer* timer, zx_time_t deadline);
// Asserts the signal of those whose deadline has passed.
void timers_fire(zx_time_t now);
// When the next one fires; ZX_TIME_INFINITE if none is pending.
zx_time_t timers_next(void);

// An asynchronous wait. It ends with the handle that it was registered with.
struct async_wait {
    struct list node;       // in the list of all
    struct list port_node;  // in its port's list
    struct port* port;
    struct object* object;
    zx_handle_t handle;
    uint64_t key;
    zx_signals_t signals;
    zx_signals_t before;  // those that were asserted when it was last looked at
    bool repeating;
    bool done;  // it queues no packet any more, but one of it waits
    struct port_packet* packet;  // the one that waits
};

struct port_packet {
    struct list node;
    zx_port_packet_t content;
    struct async_wait* wait;       // the one that queued it
    struct interrupt* interrupt;  // the one whose memory it is
};

struct port {
    struct object base;
    uint32_t options;
    struct list packets;
    uint32_t waiting;  // packets of user mode
    struct list waits;
};

// More are too many; the page does not say how many.
#define PORT_MAX_PACKETS 2048u

struct port* port_new(uint32_t options);
bool port_queue_packet(struct port* port, const zx_port_packet_t* content);
// Queues a packet that is the interrupt's own.
void port_queue_interrupt(struct port* port, struct interrupt* interrupt);
// Takes the oldest packet; false if there is none.
bool port_take(struct port* port, zx_port_packet_t* content);
bool port_wait_async(struct port* port, zx_handle_t handle, struct object* object, uint64_t key,
                     zx_signals_t signals, bool repeating);
// Ends the waits of this handle and key, and removes their packets; false if there were none.
bool port_cancel_waits(struct port* port, zx_handle_t handle, uint64_t key);
void port_closed(struct port* port);
// Queues the packets of waits whose signals are asserted now.
void ports_look(void);

struct eventpair {
    struct object base;
    struct eventpair* peer;
};

bool eventpair_pair(struct eventpair* out[2]);
void eventpair_closed(struct eventpair* eventpair);

enum interrupt_packet { PACKET_NONE, PACKET_QUEUED, PACKET_READ };

struct interrupt {
    struct object base;
    uint32_t options;
    bool destroyed;
    bool triggered;  // and nobody was told
    zx_time_t timestamp;
    struct port* port;  // what it is bound to; NULL: nothing
    bool was_bound;
    uint64_t key;
    enum interrupt_packet packet;  // until it is acknowledged
    struct port_packet queued;
};

struct interrupt* interrupt_new(uint32_t options);
void interrupt_bind(struct interrupt* interrupt, struct port* port, uint64_t key);
// False if the packet was read and not acknowledged.
bool interrupt_unbind(struct interrupt* interrupt);
void interrupt_trigger(struct interrupt* interrupt, zx_time_t timestamp);
// Sends its packet, if it was triggered and the last packet was acknowledged.
void interrupt_send(struct interrupt* interrupt);

struct vmo_page {
    struct vmo_page* next;
    uint64_t index;
    uint8_t* bytes;
};

struct vmo {
    struct object base;
    uint64_t size;
    uint32_t options;
    bool reported;  // its size, once
    struct vmo_page* pages;
    struct vmo* parent;  // what it is a clone of; NULL: it is none
    uint64_t parent_offset;
    uint32_t clones;
    bool committed;  // by zx_vmo_op_range
    bool configured;
    uint32_t cache_policy;
};

struct vmo* vmo_new(uint64_t size, uint32_t options);
void vmo_become_clone(struct vmo* vmo, struct vmo* parent, uint64_t offset);
// The bytes of a page; NULL: zeroes.
const uint8_t* vmo_page(const struct vmo* vmo, uint64_t index);
// The same, of the VMO alone and to be written; NULL if out of memory.
uint8_t* vmo_make_page(struct vmo* vmo, uint64_t index);
// Drops its own pages with an index in [from, to).
void vmo_drop_pages(struct vmo* vmo, uint64_t from, uint64_t to);
void vmo_destroy(struct vmo* vmo);

struct job {
    struct object base;
    struct job* parent;  // NULL: the root job
    uint32_t height;
    struct list node;  // in the parent's jobs
    struct list jobs;
    struct list processes;
    uint64_t kill_on_oom;
};

#define JOB_MAX_HEIGHT 32u

struct job* job_new(struct job* parent);
void job_destroy(struct job* job);

struct process {
    struct object base;
    struct job* job;
    bool started;
    struct list node;  // in the job's processes
    struct list threads;
    uint64_t debug_addr;
    uint64_t vdso_base;  // 0: it was not started
    char name[ZX_MAX_NAME_LEN];
};

struct process* process_new(struct job* job);
void process_closed(struct process* process);
void process_destroy(struct process* process);

struct thread {
    struct object base;
    struct process* process;
    struct list node;
    char name[ZX_MAX_NAME_LEN];
    bool started;
    struct list runnable;    // in the list of those that can go on
    struct context context;  // with which it goes on, while another thread runs
};

struct thread* thread_new(struct process* process);
void thread_destroy(struct thread* thread);
// kernel/threads.c: the first thread of the process, which runs.
void threads_init(struct thread* first);
void thread_start(struct thread* thread, struct context context);
// The thread that makes the call does not go on after it.
void thread_end(void);

struct resource {
    struct object base;
    struct resource* parent;  // NULL: the root resource
    uint32_t kind;
    struct list node;
    struct list children;
};

struct resource* resource_new(struct resource* parent, uint32_t kind);
void resource_destroy(struct resource* resource);

// The started process and its thread.
extern struct process* current_process;
extern struct thread* current_thread;
