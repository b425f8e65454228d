"""Whether a record has a row of some kind: asked beside the record, or once for all records (apart.py)."""

from django.db.models import Exists, Model, OuterRef, Q

EVERY = Q()


class Having(Exists):
    """True of a record that has a row of ``model`` which meets ``condition``."""

    def __init__(self, model: type[Model], condition: Q = EVERY):
        super().__init__(model._default_manager.order_by().filter(condition, engagement=OuterRef("pk")))
        self.model, self.condition = model, condition
