import uuid

from django.db import IntegrityError, models, transaction


class User(models.Model):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=40)


class Profile(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    theme = models.CharField(max_length=10)


class Vote(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    poll = models.IntegerField()
    choice = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "poll"], name="one_vote")]


class Follow(models.Model):
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        unique_together = ("follower", "followed")


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=40)


class Upload(models.Model):
    token = models.UUIDField(default=uuid.uuid4)


def error_handled(email):
    if User.objects.filter(email=email).exists():
        return False
    try:
        User.objects.create(email=email)
    except IntegrityError:
        return False
    return True


def error_handled_in_a_savepoint(email):
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is None:
            try:
                with transaction.atomic():
                    user = User.objects.create(email=email)
            except IntegrityError:
                user = User.objects.get(email=email)
        return user


def error_handled_around_both(email):
    try:
        if not User.objects.filter(email=email).exists():
            User.objects.create(email=email)
    except IntegrityError:
        return False
    return True


def created_without_a_look(email):
    try:
        return User.objects.create(email=email)
    except IntegrityError:
        return User.objects.get(email=email)


def unique_field(email):
    return User.objects.get_or_create(email=email)


def unique_field_and_more(email, name):
    return User.objects.get_or_create(email=email, name=name)


def unique_field_with_defaults(email, name):
    return User.objects.update_or_create(email=email, defaults={"name": name})


def unique_constraint(user, poll, choice):
    vote, created = Vote.objects.get_or_create(user=user, poll=poll, defaults={"choice": choice})
    return created


def unique_constraint_by_id(user_id, poll, choice):
    Vote.objects.update_or_create(user_id=user_id, poll=poll, defaults={"choice": choice})


def unique_together(follower, followed):
    Follow.objects.get_or_create(follower=follower, followed=followed)


def one_to_one(user):
    profile, _created = Profile.objects.get_or_create(user=user)
    return profile


def primary_key(code, name):
    Country.objects.get_or_create(code=code, defaults={"name": name})


def conflicts_ignored(emails):
    present = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    missing = [User(email=email) for email in emails if email not in present]
    User.objects.bulk_create(missing, ignore_conflicts=True)


def conflicts_updated(rows):
    User.objects.bulk_create(
        [User(email=email, name=name) for email, name in rows],
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["name"],
    )


def key_of_its_own():
    token = uuid.uuid4()
    if not Upload.objects.filter(token=token).exists():
        Upload.objects.create(token=token)
    return token


async def awaited_unique_field(email):
    return await User.objects.aget_or_create(email=email)


class Registration:
    def save(self, user):
        with transaction.atomic():
            try:
                with transaction.atomic():
                    user.save()
            except IntegrityError:
                return User.objects.get(email=user.email)
        return user
