"""Drafts and saved calls of invitations behind the wall between branches."""

from django.db import migrations

from vernost.core.policies import part_of


class Migration(migrations.Migration):
    dependencies = [("calls", "0002_recorded_calls"), ("invitations", "0004_wall")]
    operations = [
        part_of("calls_calldraft", "invitation_id", "invitations_invitation"),
        part_of("calls_recordedcall", "invitation_id", "invitations_invitation"),
    ]
