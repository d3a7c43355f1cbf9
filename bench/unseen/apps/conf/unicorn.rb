worker_processes 1
timeout 30
