"""The branches that the key sees."""

from datetime import time

from ninja import Router, Schema

from vernost.accounts.queries import branches_visible_to
from vernost.accounts.tokens import Scope
from vernost.api import references
from vernost.api.access import ApiRequest, Needs

router = Router(tags=["branches"])


class BranchOut(Schema):
    id: str
    name: str
    timezone: str
    brands: str
    address: str
    phone: str
    bays: int | None
    open_at: time | None
    close_at: time | None


@router.get("/branches", response=list[BranchOut], auth=Needs(Scope.BRANCHES), summary="Branches")
def list_branches(request: ApiRequest) -> list[BranchOut]:
    refs = references.load()
    return [
        BranchOut(
            id=refs.of(row),
            name=row.name,
            timezone=row.timezone,
            brands=row.brands,
            address=row.address,
            phone=row.phone,
            bays=row.bays,
            open_at=row.open_at,
            close_at=row.close_at,
        )
        for row in branches_visible_to(request.actor).order_by("name", "pk")
    ]
