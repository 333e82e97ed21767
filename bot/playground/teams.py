"""Which workspace of Slack this is: its ids, as everything that leaves it carries them."""

import json

from pydantic import BaseModel, ConfigDict

from bot.playground.messages import Json
from bot.playground.seed import APP_ID, BOT_ID, BOT_USER_ID, TEAM_ID


class Team(BaseModel):
    """A workspace; with `enterprise` one of an organisation (Enterprise Grid)."""

    model_config = ConfigDict(frozen=True)

    id: str = TEAM_ID
    enterprise: str | None = None
    #: other workspaces of the organisation
    sisters: tuple[str, ...] = ()
    #: the app is installed in the whole organisation
    org_wide: bool = False

    def of(self, team: str) -> str:
        """The workspace that somebody is of, who the demo says is of this one."""
        return self.id if team == TEAM_ID else team

    def labelled(self, payload: Json) -> Json:
        """What the demo's workspace would send or answer, as this one does."""
        if self == THE_DEMO:
            return payload
        here = json.dumps(payload).replace(f'"{TEAM_ID}"', f'"{self.id}"')
        told: Json = json.loads(here.replace(f"/files-pri/{TEAM_ID}-", f"/files-pri/{self.id}-"))
        return told | self._organised(told) if self.enterprise else told

    def _organised(self, told: Json) -> Json:
        """What an organisation adds: to events, to interactions, to commands, to users, to who we are."""
        installed = {"enterprise_id": self.enterprise, "is_enterprise_install": self.org_wide}
        match told:
            case {"authorizations": [first]}:
                return {"enterprise_id": self.enterprise, "authorizations": [first | installed]}
            case {"command": _}:
                return installed | {"is_enterprise_install": str(self.org_wide).lower()}
            case {"enterprise": _}:
                return installed | {"enterprise": {"id": self.enterprise, "name": "Playground"}}
            case {"user": {"id": user, "team_id": team} as known}:
                belongs = {"enterprise_user": {"id": user, "enterprise_id": self.enterprise, "teams": [team]}}
                return {"user": known | (belongs if team in (self.id, *self.sisters) else {})}
            case {"bot_id": _}:
                return installed
        return {}

    def granted(self, token: str, user: str, scopes: str) -> Json:
        """What oauth.v2.access answers."""
        organisation = {"id": self.enterprise, "name": "Playground"} if self.enterprise else None
        return {
            "ok": True,
            "app_id": APP_ID,
            "authed_user": {"id": user},
            "scope": scopes,
            "token_type": "bot",
            "access_token": token,
            "bot_user_id": BOT_USER_ID,
            "team": None if self.org_wide else {"id": self.id, "name": "Playground"},
            "enterprise": organisation,
            "is_enterprise_install": self.org_wide,
        }

    def ended(self) -> list[Json]:
        """The events when the app was uninstalled; Slack promises no order."""
        return [
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER_ID]}},
            {"type": "app_uninstalled", "bot_id": BOT_ID},
        ]


THE_DEMO = Team()
