"""The Web API's methods by name; each is a plain function of the workspace and the arguments."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground import files
from bot.playground.arguments import Arguments
from bot.playground.messages import Json
from bot.playground.methods import agents, chat, conversations, streams, users, views
from bot.playground.workspace import Workspace


@dataclass(frozen=True)
class Method:
    """One method of the Web API and the arguments it cannot do without."""

    run: Callable[[Workspace, Arguments], Json]
    needs: tuple[str, ...] = ()


METHODS = {
    "api.test": Method(users.api_test),
    "auth.test": Method(users.auth_test),
    "auth.teams.list": Method(users.list_teams),
    "chat.postMessage": Method(chat.post_message, ("channel",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("channel", "user")),
    "chat.startStream": Method(streams.start, ("channel", "thread_ts")),
    "chat.appendStream": Method(streams.append, ("channel", "ts")),
    "chat.stopStream": Method(streams.stop, ("channel", "ts")),
    "chat.update": Method(chat.update, ("channel", "ts")),
    "chat.delete": Method(chat.delete, ("channel", "ts")),
    "chat.getPermalink": Method(chat.get_permalink, ("channel", "message_ts")),
    "reactions.add": Method(chat.add_reaction, ("channel", "timestamp", "name")),
    "conversations.open": Method(conversations.open_),
    "conversations.info": Method(conversations.tell, ("channel",)),
    "conversations.list": Method(conversations.list_),
    "conversations.members": Method(conversations.members, ("channel",)),
    "conversations.history": Method(conversations.history, ("channel",)),
    "conversations.replies": Method(conversations.replies, ("channel", "ts")),
    "files.info": Method(files.tell, ("file",)),
    "users.info": Method(users.tell, ("user",)),
    "users.list": Method(users.list_),
    "users.lookupByEmail": Method(users.lookup_by_email, ("email",)),
    "usergroups.list": Method(users.list_groups),
    "usergroups.users.list": Method(users.list_group_users, ("usergroup",)),
    "views.open": Method(views.open_, ("trigger_id", "view")),
    "views.push": Method(views.push, ("trigger_id", "view")),
    "views.update": Method(views.update, ("view",)),
    "views.publish": Method(views.publish, ("user_id", "view")),
    "agents.sessions.setStatus": Method(agents.set_status, ("channel_id", "status")),
    "agents.sessions.rename": Method(agents.rename, ("channel_id", "title")),
    "assistant.threads.setStatus": Method(agents.set_thread_status, ("channel_id", "thread_ts")),
    "assistant.threads.setTitle": Method(agents.set_thread_title, ("channel_id", "thread_ts", "title")),
    "assistant.threads.setSuggestedPrompts": Method(agents.set_prompts, ("channel_id", "prompts")),
}
