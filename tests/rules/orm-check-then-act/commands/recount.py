from jobs.models import Job


def main():
    for job in Job.objects.all():
        job.runs += 1
        job.save(update_fields=["runs"])


if __name__ == "__main__":
    main()
