// Jobs, processes, threads. Parents know their children without keeping them alive; children
// keep their parents.
#include "objects.h"

// Signals of a job without processes, and without child jobs.
#define JOB_NO_PROCESSES (1u << 3)
#define JOB_NO_JOBS (1u << 4)

struct job* job_new(struct job* parent) {
    struct job* job =
        object_new(sizeof(*job), ZX_OBJ_TYPE_JOB, JOB_NO_PROCESSES | JOB_NO_JOBS);
    if (job == NULL) {
        return NULL;
    }
    list_init(&job->node);
    list_init(&job->jobs);
    list_init(&job->processes);
    job->parent = parent;
    if (parent == NULL) {
        job->height = JOB_MAX_HEIGHT;
        return job;
    }
    job->height = parent->height - 1;
    job->base.related_koid = parent->base.koid;
    object_ref(&parent->base);
    list_add_tail(&parent->jobs, &job->node);
    parent->base.signals &= ~JOB_NO_JOBS;
    return job;
}

void job_destroy(struct job* job) {
    struct job* parent = job->parent;
    list_remove(&job->node);
    if (parent != NULL) {
        parent->base.signals |= list_empty(&parent->jobs) ? JOB_NO_JOBS : 0;
        object_unref(&parent->base);
    }
}

struct process* process_new(struct job* job) {
    struct process* process = object_new(sizeof(*process), ZX_OBJ_TYPE_PROCESS, 0);
    if (process == NULL) {
        return NULL;
    }
    list_init(&process->node);
    list_init(&process->threads);
    process->job = job;
    process->base.related_koid = job->base.koid;
    object_ref(&job->base);
    list_add_tail(&job->processes, &process->node);
    job->base.signals &= ~JOB_NO_PROCESSES;
    return process;
}

static void process_leave_job(struct process* process) {
    list_remove(&process->node);
    if (list_empty(&process->job->processes)) {
        process->job->base.signals |= JOB_NO_PROCESSES;
    }
}

// A process that was never started is destroyed with its last handle, whatever threads it has.
void process_closed(struct process* process) {
    if (!process->started) {
        process->base.signals |= ZX_TASK_TERMINATED;
        process_leave_job(process);
    }
}

void process_destroy(struct process* process) {
    process_leave_job(process);
    object_unref(&process->job->base);
}

struct thread* thread_new(struct process* process) {
    struct thread* thread = object_new(sizeof(*thread), ZX_OBJ_TYPE_THREAD, 0);
    if (thread == NULL) {
        return NULL;
    }
    list_init(&thread->node);
    list_init(&thread->runnable);
    thread->process = process;
    thread->base.related_koid = process->base.koid;
    object_ref(&process->base);
    list_add_tail(&process->threads, &thread->node);
    return thread;
}

void thread_destroy(struct thread* thread) {
    list_remove(&thread->node);
    object_unref(&thread->process->base);
}
