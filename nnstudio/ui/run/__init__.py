"""Between window and worker: data, warm-up, plan, polling, orders."""
