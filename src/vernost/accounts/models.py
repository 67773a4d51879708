"""The dealer group: branches, employees, users and their scopes, the production calendar, settings."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from vernost.accounts.rules import Grants, rights_of
from vernost.core.actor import ROLE_TITLES, Actor, Role


class Source(models.Model):
    """A system that data comes from: its ids are unique within it."""

    id = models.SmallAutoField(primary_key=True)
    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120, blank=True)
    in_use = models.BooleanField(default=True)
    """False: nothing has come from it yet, it was only named (a check of files imports nothing)."""

    def __str__(self) -> str:
        return self.code


class Imported(models.Model):
    """A row that a source system owns.

    `external_id` is that system's id, as written; `import_hash` is the hash of the last imported
    record, by which an import tells a changed row from the same one. Rows made by hand have neither.
    """

    source = models.ForeignKey(Source, models.PROTECT, null=True, db_index=False)
    external_id = models.TextField(null=True, db_collation="C")
    import_hash = models.BigIntegerField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="%(app_label)s_%(class)s_source_key"),
            models.CheckConstraint(
                condition=Q(source=None, external_id=None) | Q(source__isnull=False, external_id__isnull=False),
                name="%(app_label)s_%(class)s_source_whole",
            ),
        ]


class LegalEntity(models.Model):
    """A company of the group: consents are given to it. Branches belong to one; it is archived, never removed."""

    name = models.TextField()
    inn = models.TextField(blank=True)
    ogrn = models.TextField(blank=True)
    address = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Branch(Imported):
    """A dealership or workshop of the group. `vat` False: simplified tax, no VAT on any day."""

    name = models.TextField()
    timezone = models.TextField(default="Europe/Moscow")
    brands = models.TextField(blank=True)
    address = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    bays = models.PositiveSmallIntegerField(null=True)
    open_at = models.TimeField(null=True)
    close_at = models.TimeField(null=True)
    vat = models.BooleanField(default=True)
    daily_limit = models.PositiveIntegerField(null=True)
    legal_entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, related_name="branches", db_index=False)

    class Meta(Imported.Meta):
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class EmployeeRole(models.TextChoices):
    ADVISOR = "advisor"
    OPERATOR = "operator"
    SALES = "sales"
    MECHANIC = "mechanic"
    MANAGER = "manager"


class Employee(Imported):
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="employees")
    name = models.TextField()
    role = models.TextField(blank=True, choices=EmployeeRole.choices)
    phone = models.TextField(blank=True)
    email = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class AccessRole(models.Model):
    """What an administrator has changed of a standard role (`code` is its own), or a role of his own of that kind.

    `kind` is one of `Role`: it says which pages the person begins with and how he is paid. `grants` are
    those of `rules.Grants`. A standard role that nobody has changed has no row.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=120, blank=True)
    grants = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.title or self.code


class User(AbstractUser):
    """A person who signs in. `all_branches` is the whole group, else the branches named.

    `access_role` None: the standard role of that name.

    `password_temporary`: an administrator made the password, so it is changed before anything else.
    """

    role = models.CharField(
        max_length=20, choices=[(role.value, title) for role, title in ROLE_TITLES.items()], default=Role.OPERATOR
    )
    access_role = models.ForeignKey(AccessRole, models.PROTECT, null=True, blank=True, related_name="users")
    all_branches = models.BooleanField(default=False)
    branches = models.ManyToManyField(Branch, related_name="users", blank=True)
    employee = models.ForeignKey(Employee, models.SET_NULL, null=True, blank=True, related_name="users")
    single_key_shortcuts = models.BooleanField(default=True)
    density = models.CharField(max_length=10, default="default")
    language = models.CharField(max_length=10, blank=True)
    password_temporary = models.BooleanField(default=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="user_role_known"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_unique"),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    # Read along with who signs in (`backends`); None: not read yet.
    seen_branch_ids: Sequence[int] | None = None
    seen_grants: dict[str, Any] | None = None
    # Whether nothing but its own pages opens until he has set the second step up, if his role takes data out.
    needs_second_step = False

    def as_actor(self) -> Actor:
        own = self.seen_branch_ids
        if own is None and not self.all_branches:
            own = list(self.branches.order_by().values_list("pk", flat=True))
        grants = self.seen_grants
        if grants is None:
            code = self.access_role_id or self.role
            grants = AccessRole.objects.filter(pk=code).values_list("grants", flat=True).first()
        return Actor(
            code=f"user:{self.pk}",
            branch_ids=None if self.all_branches else frozenset(own or ()),
            role=Role(self.role),
            user_id=self.pk,
            rights=rights_of(Role(self.role), Grants.read(grants)),
            employee_id=self.employee_id,
        )


class DayKind(models.TextChoices):
    HOLIDAY = "holiday"
    DAY_OFF = "day_off"
    WORKING = "working"
    SHORT = "short"


class CalendarDay(models.Model):
    """A day of the production calendar that differs from its weekday."""

    on = models.DateField(primary_key=True)
    kind = models.TextField(choices=DayKind.choices)
    title = models.TextField(blank=True)
    verified = models.BooleanField(default=False)


class BranchDay(models.Model):
    """A branch's own hours on one date; both empty: closed."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="days")
    on = models.DateField()
    open_at = models.TimeField(null=True)
    close_at = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "on"], name="branch_day_once"),
            models.CheckConstraint(
                condition=Q(open_at=None, close_at=None) | Q(open_at__lt=F("close_at")), name="branch_day_hours"
            ),
        ]


class Setting(models.Model):
    """A rule's number that a manager has changed; a missing one has its default (`accounts.rules`)."""

    code = models.SlugField(max_length=60, primary_key=True)
    value = models.JSONField()


class AuditRecord(models.Model):
    """What somebody saw or changed: who, when, from where, which thing, each field from what to what. Only added to.

    `fields` maps a field's name to `[before, after]`, or to what was seen; both are values as JSON holds them.
    Who is erased loses `fields` and `salt`.
    """

    at = models.DateTimeField()
    actor = models.TextField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    address = models.TextField(blank=True, default="")
    subject = models.SlugField(max_length=40, db_index=False)
    subject_id = models.TextField()
    action = models.SlugField(max_length=40, db_index=False)
    fields = models.JSONField(default=dict, null=True)
    salt = models.BinaryField(max_length=32, null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["subject", "subject_id", "at"], name="change_of_subject"),
            models.Index(fields=["user", "at"], name="audit_of_user"),
            models.Index(fields=["at"], name="audit_at"),
        ]


class AuditSeal(models.Model):
    """A link of the chain over the journal (`core.chain`), made by the job that seals.

    `erased_at`: its record was erased.
    """

    number = models.BigIntegerField(primary_key=True)
    record_id = models.BigIntegerField(unique=True)
    digest = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class SignInFailure(models.Model):
    """Wrong passwords in a row for a login from an address; `login` is the SHA-256 of what was typed."""

    login = models.TextField()
    address = models.TextField()
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "address"], name="sign_in_failures_once")]
        indexes = [models.Index(fields=["failed_at"], name="sign_in_failed_at")]


class KnownAddress(models.Model):
    """An address from which a user has signed in."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    address = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="known_address_once")]


class ApiToken(models.Model):
    """A key by which another system uses the API. Only the SHA-256 of it is kept; `hint` is its beginning.

    `scopes` are codes of `tokens.Scope`, `hidden_fields` of `Sensitive` which it is not told. `allowance` are
    the calls it may make at `refilled_at`; it
    grows by `calls_per_minute`, up to as many.
    """

    name = models.CharField(max_length=120)
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=20)
    scopes = models.JSONField(default=list)
    hidden_fields = models.JSONField(default=list)
    all_branches = models.BooleanField(default=False)
    branches = models.ManyToManyField(Branch, related_name="+", blank=True)
    calls_per_minute = models.PositiveIntegerField(default=600)
    allowance = models.FloatField(default=0)
    refilled_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(calls_per_minute__gt=0), name="token_may_call_at_all"),
        ]

    def __str__(self) -> str:
        return self.name


class GivenAnswer(models.Model):
    """What a token was answered under an Idempotency-Key; `asked` is the SHA-256 of what it had sent."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    asked = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_to_a_key")]
        indexes = [models.Index(fields=["at"], name="given_answer_at")]


class ListView(models.Model):
    """How somebody looks at a long list: its columns, its order, its filters. `shared`: everybody may choose it.

    `columns` are codes in their order, `filters` map a code to what the list's address says of it.
    """

    list_code = models.SlugField(max_length=20, db_index=False)
    title = models.TextField()
    owner = models.ForeignKey(User, models.CASCADE, related_name="+")
    shared = models.BooleanField(default=False)
    columns = models.JSONField(default=list)
    sort = models.TextField(blank=True)
    filters = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_code", "owner", "title"], name="list_view_once")]

    def __str__(self) -> str:
        return self.title
