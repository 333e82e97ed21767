"""What we read of a server's people and groups: no more than we need, so that nothing else of theirs can be wrong."""

from typing import Any

from scim2_models import URN, ComplexAttribute, Extension, Resource, ResourceType, ScimPolicy, ScimProvider
from scim2_models.resources.resource import AnyExtension


class Manager(ComplexAttribute):
    """Whom a person reports to."""

    value: str | None = None


class Enterprise(Extension):
    """The part of a person that companies have."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
    department: str | None = None
    manager: Manager | None = None


class Name(ComplexAttribute):
    """What a person is called."""

    formatted: str | None = None
    given_name: str | None = None
    family_name: str | None = None


class Email(ComplexAttribute):
    """An address; whether it looks like one is not ours to say."""

    value: str | None = None
    primary: bool | None = None


class Place(ComplexAttribute):
    """Where a person is."""

    locality: str | None = None
    primary: bool | None = None


class Member(ComplexAttribute):
    """A group that a person is in, or who is in a group."""

    value: str | None = None


class User(Resource[AnyExtension]):
    """A person, without the enterprise's part."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")
    user_name: str | None = None
    display_name: str | None = None
    name: Name | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    addresses: list[Place] | None = None
    groups: list[Member] | None = None
    #: only ever written
    password: str | None = None


class Group(Resource[Any]):
    """A group."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")
    display_name: str | None = None
    members: list[Member] | None = None


Person = User[Enterprise]

#: what we take the server to be; what else it tells of people is passed over
PROVIDER = ScimProvider(
    models=[User, Enterprise, Group],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
    policy=ScimPolicy(unknown=ScimPolicy.Unknown.ignore),
)
