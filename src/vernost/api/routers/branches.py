"""The branches that the key sees."""

from ninja import Router, Schema

from vernost.accounts import source_ids
from vernost.accounts.queries import branches_visible_to
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.types import clock

router = Router(tags=["branches"])


class BranchOut(Schema):
    """`open_at` and `close_at` as 09:00."""

    id: str
    name: str
    timezone: str
    brands: str
    address: str
    phone: str
    bays: int | None
    open_at: str | None
    close_at: str | None


@router.get("/branches", response=list[BranchOut], auth=Needs(Scope.BRANCHES), summary="Branches")
def list_branches(request: ApiRequest) -> list[BranchOut]:
    refs = source_ids.load()
    return [
        BranchOut(
            id=refs.of(row),
            name=row.name,
            timezone=row.timezone,
            brands=row.brands,
            address=row.address,
            phone=row.phone,
            bays=row.bays,
            open_at=clock(row.open_at),
            close_at=clock(row.close_at),
        )
        for row in branches_visible_to(request.actor).order_by("name", "pk")
    ]
