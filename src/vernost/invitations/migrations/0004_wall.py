"""Invitations, what became of them and the control group behind the wall between branches."""

from django.db import migrations

from vernost.core.policies import of_branch, part_of

INVITATION = "invitations_invitation"


class Migration(migrations.Migration):
    dependencies = [("invitations", "0003_programme_segment"), ("accounts", "0009_wall")]
    operations = [
        of_branch("invitations_cycle"),
        of_branch(INVITATION),
        part_of("invitations_invitationevent", "invitation_id", INVITATION),
        part_of("invitations_contactattempt", "invitation_id", INVITATION),
        part_of("invitations_attribution", "invitation_id", INVITATION),
    ]
