"""A case: who says and presses what, and what must hold then."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.eval.fields import PEOPLE, Length, Outcome, Pattern, PersonName, Text, ToolName, Tools, Verdict, Words

#: steps of one case
MAX_STEPS = 100


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class CallCheck(_Strict):
    """A call to look for: one of these tools, with at least these arguments."""

    tool: Tools
    #: a value, or {contains: text}, {any_of: [values]}
    given: dict[str, Any] = Field(default={}, alias="with")
    outcome: Outcome | None = None
    #: exactly so often; else once or more
    times: int | None = Field(default=None, ge=1)


class RequestCheck(_Strict):
    """An approval request to look for, as it stands."""

    tool: ToolName
    given: dict[str, Any] = Field(default={}, alias="with")
    verdict: Verdict
    requester: PersonName | None = None
    #: how many approvals it takes
    needs: int | None = Field(default=None, ge=1)
    #: whose votes counted
    votes: tuple[PersonName, ...] | None = None


class Press(_Strict):
    """A press of a button that changed nothing."""

    who: PersonName
    tool: ToolName = Field(alias="card")


class TextCheck(_Strict):
    """Words people must or must not see; upper and lower case are alike."""

    #: the thread; all channels; everything; or what one person alone reads
    where: str = "thread"
    #: one of these
    contains: Words | None = None
    #: none of these
    lacks: Words | None = None
    matches: Pattern | None = None

    @model_validator(mode="after")
    def _sound(self) -> "TextCheck":
        if self.where not in ("thread", "channels", "everywhere", *PEOPLE):
            raise ValueError("where: takes thread, channels, everywhere or a person")
        if not (self.contains or self.lacks or self.matches):
            raise ValueError("takes contains, lacks or matches")
        return self


class Expect(_Strict):
    """What must hold: of a whole case, or of what one step brought."""

    calls: tuple[CallCheck, ...] = ()
    #: calls the model must not even ask for
    forbidden: tuple[CallCheck, ...] = ()
    #: tools that must not have run, whatever the model asked for
    never_started: tuple[ToolName, ...] = ()
    #: an empty list: there must be none
    requests: tuple[RequestCheck, ...] | None = None
    refused: tuple[Press, ...] = ()
    text: tuple[TextCheck, ...] = ()
    #: how often the bot answered
    answers: int | None = Field(default=None, ge=0)


class About(_Strict):
    """A message that somebody else wrote, and that is asked about."""

    who: PersonName
    said: Text


class Step(_Strict):
    """One thing that a person does, or time that passes, until the bot is done with it."""

    who: PersonName | None = None
    says: Text | None = None
    #: whether the bot is mentioned; by default in what begins the thread
    mention: bool | None = None
    #: the message in whose menu the person chose Ask helpdesk
    about: About | None = None
    presses: Literal["approve", "deny", "withdraw", "human", "good", "bad"] | None = None
    #: of which tool's card
    tool: ToolName | None = Field(default=None, alias="card")
    reason: Text | None = None
    #: the person's newest message becomes this
    edits: Text | None = None
    #: the person's newest message is deleted
    deletes: Literal[True] | None = None
    after: Length | None = None
    then: Expect = Expect()

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        done = [each for each in ("says", "presses", "edits", "deletes", "after") if getattr(self, each) is not None]
        if len(done) != 1:
            raise ValueError("takes exactly one of says, presses, edits, deletes, after")
        if (self.who is None) is not (self.after is not None):
            raise ValueError("who: says who does it; only time passes by itself")
        if (self.tool is not None) is not (self.presses in ("approve", "deny", "withdraw")):
            raise ValueError("card: names the tool whose card it is, for approve, deny and withdraw alone")
        if (self.reason is not None) is not (self.presses == "deny"):
            raise ValueError("reason: is what deny takes, and nothing else")
        if (self.about or self.mention is not None) and self.says is None:
            raise ValueError("about and mention go with says")
        return self


class Article(_Strict):
    """An article of the knowledge base, beside the shipped ones; nobody vouches for it."""

    title: Text
    description: Text
    text: Text


class Case(_Strict):
    """A dialog and what must hold; its name is the file's."""

    name: str
    #: one sentence: what must hold, and why
    about: Text
    where: Literal["channel", "direct"] = "channel"
    articles: tuple[Article, ...] = ()
    #: tools whose system does not answer, and the sentence it says
    broken: dict[ToolName, Text] = {}
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_STEPS)
    #: of the whole case
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _begun(self) -> "Case":
        if self.steps[0].says is None:
            raise ValueError("steps: the first one says something")
        if all(each == Expect() for each in (self.expect, *(step.then for step in self.steps))):
            raise ValueError("expect: says nothing, so the case could not fail")
        return self
