"""python3-rq as far as it needs no script and no stream: queues, jobs and the registries of what became of them.

needs: hashes lists sets sorted-sets transactions
"""

import datetime
import os

import redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.registry import DeferredJobRegistry, FinishedJobRegistry, ScheduledJobRegistry, StartedJobRegistry


def equal(actual, expected):
    if actual != expected:
        raise SystemExit(f"expected {expected!r}, found {actual!r}")


client = redis.Redis(port=int(os.environ["SORREL_PORT"]), socket_timeout=10)
queue = Queue("letters", connection=client)
job = queue.enqueue("operator.add", 2, 3, job_id="first", meta={"to": "ü"}, description="adds")
last = queue.enqueue("operator.mul", 2, 3, job_id="last", depends_on=job)
front = queue.enqueue("operator.sub", 2, 3, job_id="front", at_front=True)

equal(queue.job_ids, ["front", "first"])
equal(queue.count, 2)
equal([each.name for each in Queue.all(connection=client)], ["letters"])
equal(DeferredJobRegistry(queue=queue).get_job_ids(), ["last"])

fetched = Job.fetch("first", connection=client)
equal((fetched.func_name, fetched.args, fetched.meta), ("operator.add", (2, 3), {"to": "ü"}))
equal(fetched.get_status(), JobStatus.QUEUED)
fetched.meta["seen"] = True
fetched.save_meta()
equal(Job.fetch("first", connection=client).meta, {"to": "ü", "seen": True})
equal([found.id for found in Job.fetch_many(["front", "first"], connection=client)], ["front", "first"])

later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
queue.enqueue_at(later, "operator.neg", 1, job_id="scheduled")
scheduled = ScheduledJobRegistry(queue=queue)
equal(scheduled.get_job_ids(), ["scheduled"])
equal(scheduled.get_jobs_to_schedule(), [])
equal(abs((scheduled.get_scheduled_time("scheduled") - later).total_seconds()) < 2, True)

started = StartedJobRegistry(queue=queue)
started.add(job, 60)
equal(started.get_job_ids(), ["first"])
started.remove(job)
finished = FinishedJobRegistry(queue=queue)
finished.add(job, -1)
equal(finished.get_job_ids(), ["first"])

queue.remove("front")
equal(queue.job_ids, ["first"])
job.delete()
equal(queue.job_ids, [])
equal(Job.exists("first", connection=client), False)
