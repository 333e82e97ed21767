"""What Request Tracker gives, as far as it is read: https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html"""

from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

R = TypeVar("R", bound=BaseModel)

#: null is what nobody filled in
Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Link(BaseModel):
    """Where a ticket leads."""

    ref: str
    type: Words = ""
    url: Words = Field(default="", alias="_url")


class Member(BaseModel):
    """A person, or a group, in a role."""

    id: str
    type: Words = ""
    address: Words = Field(default="", alias="EmailAddress")


class Queue(BaseModel):
    """Where a ticket is worked off."""

    name: str = Field(alias="Name")
    links: list[Link] = Field(default=[], alias="_hyperlinks")

    @property
    def takes_tickets(self) -> bool:
        """Who asked may make tickets in it."""
        return any((each.ref, each.type) == ("create", "ticket") for each in self.links)


class Row(BaseModel):
    """A ticket without its texts."""

    id: int
    title: Words = Field(alias="Subject")
    status: str = Field(alias="Status")
    priority: int = Field(alias="Priority")
    queue: Queue = Field(alias="Queue")
    created: AwareDatetime = Field(alias="Created")
    updated: AwareDatetime = Field(alias="LastUpdated")
    owner: Member = Field(alias="Owner")
    requestors: list[Member] = Field(alias="Requestor")
    cc: list[Member] = Field(alias="Cc")
    links: list[Link] = Field(alias="_hyperlinks")

    def refers_to(self) -> list[str]:
        """Addresses outside of the ticket system."""
        return [each.url for each in self.links if each.ref == "refers-to" and each.type == "external"]

    def people(self) -> list[str]:
        """Addresses of its requesters and of who gets copies, in lower case, each once."""
        both = (each.address.strip().lower() for each in (*self.requestors, *self.cc))
        return list(dict.fromkeys(each for each in both if each))


class Transaction(BaseModel):
    """Something that was done to a ticket."""

    id: int
    type: str = Field(alias="Type")
    field: Words = Field(default="", alias="Field")
    old: Words = Field(default="", alias="OldValue")
    new: Words = Field(default="", alias="NewValue")
    at: AwareDatetime = Field(alias="Created")
    creator: Member = Field(alias="Creator")


class Piece(BaseModel):
    """A part of what was written, or a file."""

    id: int
    transaction: int = Field(alias="TransactionId")
    kind: Words = Field(alias="ContentType")
    file: Words = Field(default="", alias="Filename")
    content: Words = Field(default="", alias="Content")


class State(BaseModel):
    """A ticket as its own address gives it: the one that it was merged into, where that was done."""

    id: int


class Page(BaseModel, Generic[R]):
    """Some of what was asked for."""

    items: list[R]
