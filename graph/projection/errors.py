"""Why a record cannot be projected.

Invariant: a record that cannot be projected stops the projection at its position; it is never passed over.
"""


class ProjectionError(Exception):
    """A record cannot be projected; the base of the classes below."""


class UnknownRecord(ProjectionError):
    """No projection is known for records of this type and schema."""

    def __init__(self, type_: str, schema: int, position: int) -> None:
        super().__init__(
            f"the record at position {position} is of type {type_}, schema {schema}, which this version of waqai "
            "cannot project: upgrade waqai"
        )
        self.type, self.schema, self.position = type_, schema, position


class UnknownArticle(ProjectionError):
    """A record names an article that no record of the log brought in."""

    def __init__(self, article: str, position: int) -> None:
        super().__init__(f"the record at position {position} names the article {article}, which the log does not hold")
        self.article, self.position = article, position
