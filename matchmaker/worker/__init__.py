"""The worker: jobs that nobody should wait for, all derived from rows, so that none is lost."""
