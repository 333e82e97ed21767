"""The turns of phrase the demo model knows, one pattern each.

They expect text whose apostrophes are straight and whose multiplication signs are `*`, as record.read leaves it.
"""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def _word(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


FROM = _any(r"\A\s*(\[from [^\]]*\])\s*")
#: whom a message mentions first is whom it is for: the bot
ADDRESS = _any(r"\A\s*(?:<@[A-Z0-9]+(?:\|[^>]*)?>[\s,:]*)+")
PERSON = _word(r"U-\d+")
TICKET = _word(r"T-\d+")
CLOSE_TICKET = _word(r"(?:close|resolve)\b.*\bT-\d+")
SHARE_TICKET = _word(r"share\b.*\bT-\d+", r"(?:add|let)\b.*\bU-\d+\b.*\bT-\d+", r"follow\b.*\bT-\d+")
NOTE_TICKET = _any(r"\b(?:note|comment)\b.*\bT-\d+\b\s*[:,-]?\s*(?:that |saying )?(.*)")
MY_TICKETS = _word(r"(?:my|list|show)\b.*\btickets", r"(?:what|which)\b.*\btickets")
REQUEST_NUMBER = _any(r"\brequest\s*#?\s*(\d+)")
IDENTITY = _any(r"\b(?:i am|i'm|this is|my id is)(?: the)?(?: user| employee)? (U-\d+)\b")
#: somebody else, whom only an id would name
A_COLLEAGUE = _word(r"(?:my|a|our|the) (?:colleague|co-?worker|team ?mate|manager|boss|friend)s?")
OWN = _word("my", "mine", "me", "i", "i'm")

#: where one wish ends and the next begins
BOUNDARY = _any(r"[.!?;]+(?:\s+|$)", r"\n+", r",\s+(?:and\s+|also\s+|then\s+)*", r"\s+(?:and|then|also|but)\s+")

SUM = _any(
    r"\b(?:what's|what is|calculate|compute|how much is)\s+"
    r"((?=[^?!\n]*\d\s*[-+*/%^x])[\d(][\d\s.,()+*/%^x-]*[\d)])"
)
PERCENT_OF = _any(r"(\d+(?:\.\d+)?)\s*%\s*of\s+")
NEW_TICKET = _any(
    r"\b(?:open|create|file|raise|make)\s+(?:me\s+)?(?:a|an|another)?\s*(?:(?:new|urgent|it|helpdesk|support)\s+)*ticket\b[^\n]*"
)
TICKET_ABOUT = _any(r"\bticket\b\s*(?:for|about|that|saying|on|because|to say)?\s*[:,-]?\s*(.*)")
URGENT = _word(r"urgent\w*", "asap", "emergency")

HOW_TO = _word(r"how (?:do|can|to|should)")
HUMAN = _word(
    r"(?:talk|speak|chat)\s+(?:to|with)\b.*\b(?:human|person|someone|somebody|agent|people)",
    r"real person|escalate|(?:a|any) human",
)
WITHDRAW = _word(r"never ?mind", r"forget (?:it|that|about it)", r"cancel (?:it|that|this|my|the|request)", r"withdraw")
#: typed words approve nothing, whoever types them
APPROVE = _any(r"^(?:please |yes,? |ok,? |i )*(?:approve\b|(?:do it|go ahead)$)")
MEMORY_ID = _word(r"M-\d+")
REMEMBER = _any(r"\b(?:please )?remember (?:that |this: )?(?=i\b|i'|my\b|we\b)(.+)")
RECALL = _any(r"\b(?:what do you (?:know|remember) about me|do you remember\b)(.*)")
STATUS = _word(r"request\s*#?\s*\d+", r"(?:my|the|that) request", "approved yet", "any news")
RESET = _word(r"(?:reset|change|new|forgot(?:ten)?)\b.*\bpasswords?", r"passwords?\b.*\breset")
UNLOCK = _word(r"unlock\b.*\baccount", r"unlock\b.*\bU-\d+", r"account\b.*\block(?:ed)?", "locked out")
WHO = _word("who is", "who am i", "look ?up", "my profile")
SAME_FIX = _word(r"(?:same|part of)\b[^.?!]*\b(?:fix|problem|issue|cause|solution|thing)", "related")

_MACHINE = r"(?:device|laptop|macbook|thinkpad|computer|machine|tablet|phone)s?"
GRANT = _word(
    r"(?:give|grant)\b.*\baccess",
    r"(?:need|want|like|request|get|have)\b.*\baccess (?:to|for)",
    r"add (?:me|myself|him|her|them|\w+ \(?U-\d+\)?|U-\d+|[a-z]+) to",
)
REVOKE = _word(r"(?:remove|revoke|take away|end|drop)\b.*\b(?:access|from|out of)", r"take\b.*\bout of")
OWN_ACCESS = _any(
    r"\b(?:what|which)\b.*\bi\b.*\baccess\b(?: to)?\W*$",
    r"\b(?:what|which) (?:groups )?(?:am i|do i belong)\b.*\b(?:in|to)\W*$",
    r"\b(?:what|which) access (?:rights )?(?:do i (?:still )?have|have i(?: got)?)\W*$",
    r"\bwhat(?:'s| is) my access\b",
    r"^(?:please |show |list |tell |me )*my (?:current )?(?:access|groups)(?: rights)?\W*$",
)
DEVICE_ID = _word(r"L-\d+")
DEVICE = _any(
    rf"\b(?:which|what)\b.*\b{_MACHINE} (?:does|do|has|have|is|are)\b",
    rf"\b(?:what|which)(?:'s| is| are) (?:my|the) {_MACHINE}",
    rf"\b(?:find|show|list)\b.*\b{_MACHINE}\b",
    rf"^(?:please )?my {_MACHINE}\W*$",
    rf"\b{_MACHINE} of U-\d+",
)
WIPE = _word(r"wipe", rf"erase\b.*\b{_MACHINE}", rf"{_MACHINE}\b.*\bstolen", rf"(?:stolen|stole)\b.*\b{_MACHINE}")

_COUNT = r"\d+(?:\.\d+)?|an?|half an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
DURATION = _word(rf"(?:for |the next )*({_COUNT})[ -]?(minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|months?)")
UNTIL_TOMORROW = _word(r"(?:until|till|by) tomorrow")
#: an end that only a calendar could work out, or none at all
UNTIL = _word(r"(?:until|till)\b.*", "forever", "permanent(?:ly)?", "for good")
LASTING = _any(DURATION.pattern, UNTIL.pattern)
HYPHENATED = _word(r"[a-z][a-z0-9]+(?:-[a-z0-9]+)+", r"G-\d+")
NAMED_GROUP = _any(r"\bgroup [`'\"*]?([a-z][\w-]+)", r"\b([a-z][\w-]+)(?=[`'\"*]? group\b)")
ACCESS_TO = _any(r"\b(?:access to|to|out of|from) (?:the )?[`'\"*]?([a-z][\w-]+)")
#: asks for access and names nothing
NO_GROUP = _any(r"\baccess\W*$")
NO_NAME = _word("this", "that", "it", "them", "him", "her", "you", "group", "have", "be", "get", "end", "everything")
SOMEBODY_ELSE = _word(
    r"(?:give|grant|add|take|remove|revoke|drop) (?!(?:me|myself|my|access|the|a)\b)"
    r"[a-z]+(?:'s| \w+)? (?:to|access|out|from)"
)
THANKS = _word("thanks", "thank you", "thx", "great", "perfect", "cheers")

TOPIC = _word(
    r"wi-?fi|wireless|vpn|network|internet|print\w*|mfa|2fa|authenticator|phone|mobile|e-?mail|outlook|mailbox",
    r"monitor|screen|display|dock|slow|freez\w*|disk|storage|audio|sound|microphone|headset|camera|phishing",
    r"suspicious|lost|stolen|access|software|install\w*|update|laptop|keyboard|mouse|bluetooth|calendar|password",
)
TROUBLE = _word(
    r"broken|error|issue|problem|stuck|crash\w*|not work\w*|doesn't|isn't|don't work|can't|cannot|won't|fail\w*",
    r"(?:does|do|did|is|are|will) not|trouble",
    r"how (?:do|can|to|should)|help with",
)
#: words that say nothing about the problem
FILLER = _word(
    r"please|what is|what's|hi|hello|hey|what about|how about|how (?:do|can|should) (?:i|we)|how to|can you|could you",
    r"help me with|help with|i am|i'm|i have|i've got|i got|i need|there is|since (?:today|yesterday)",
    r"my|the|a|an|is|are|to|with|of|on|for|user|employee|was|it's|U-\d+",
)
BRACKETS = _any(r"[()\[\]]")
