"""A message is taken once, however Slack delivers it: retries, many event ids, two kinds of event, two instances."""

from pathlib import Path

from tests.fakes.model import ScriptedModel, say
from tests.rig import helpdesk
from tests.slack.edge import answers, as_mention, door_of, replica, rows, unheard

HELP = "<@U0BOT> my wifi is down"


async def test_an_event_delivered_five_times_to_two_app_instances_is_answered_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        event = unheard(desk, "U0ALEX", HELP)
        async with door_of(desk) as first, replica(desk) as second:
            statuses = [
                await door.event(event, "Ev1", retry)
                for retry, door in enumerate([second, first, first, second, first])
            ]

        assert statuses == [200] * 5
        assert await rows(desk, "inbox") == 1
        assert await answers(desk, event["ts"]) == ["Switch it on."]


async def test_what_only_another_instance_heard_is_answered_too(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        event = unheard(desk, "U0ALEX", HELP)
        async with replica(desk) as other:
            assert await other.event(event) == 200
        assert await answers(desk, event["ts"]) == ["Switch it on."]


async def test_a_mention_that_comes_as_two_events_under_two_ids_is_answered_once(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        assert await answers(desk, thread) == ["Switch it on."]
        assert await rows(desk, "inbox") == 1


async def test_many_event_ids_for_one_message_are_one_message(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        event = unheard(desk, "U0ALEX", HELP)
        async with door_of(desk) as door:
            for number in range(6):
                await door.event(as_mention(event) if number % 2 else event, f"Ev{number}")
                if number == 2:
                    await answers(desk, event["ts"])
        assert await answers(desk, event["ts"]) == ["Switch it on."]
        assert await rows(desk, "inbox") == 1


async def test_edits_and_deletions_are_never_a_second_question(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await desk.settle()
        await desk.slack.edit("U0ALEX", "C0IT", thread, "<@U0BOT> my wifi is down in London")
        await desk.slack.edit("U0ALEX", "C0IT", thread, "never mind")
        await desk.slack.delete("U0ALEX", "C0IT", thread)
        await desk.settle()
        assert await answers(desk, thread) == ["Switch it on."]
        assert (await desk.kinds(thread)).count("user_message") == 1


async def test_what_bots_post_and_what_nobody_said_leaves_no_row(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel()) as desk:
        event = unheard(desk, "U0ALEX", HELP)
        not_spoken = [
            event | {"bot_id": "B0OTHER"},
            event | {"app_id": "A0OTHER"},
            event | {"user": "U0BOT", "bot_id": "B0BOT", "app_id": "A0DEMO"},
            event | {"user": "U0BOT"},
            *(
                event | {"subtype": each}
                for each in ("channel_join", "channel_topic", "message_changed", "bot_message")
            ),
            as_mention(event) | {"edited": {"user": "U0ALEX", "ts": event["ts"]}},
            *({key: value for key, value in event.items() if key != lost} for lost in ("user", "text", "ts")),
            *(event | {"ts": ts} for ts in ("", "soon", "inf", "1e400")),
        ]
        async with door_of(desk) as door:
            statuses = [await door.event(each, f"Ev{number}") for number, each in enumerate(not_spoken)]
        assert statuses == [200] * len(not_spoken), "Slack is not to send these again"
        assert await rows(desk, "inbox") == 0


async def test_a_mention_inside_a_thread_is_answered_in_that_thread(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say("Switch it on.")])) as desk:
        root = await desk.slack.say("U0SAM", "C0IT", "Is it only me?")
        await desk.say("U0ALEX", "<@U0BOT> his wifi is down", root)
        assert await answers(desk, root) == ["Switch it on."]


async def test_a_direct_message_is_answered_in_its_thread_and_the_next_one_has_its_own(tmp_path: Path) -> None:
    model = ScriptedModel([say("Switch it on."), say("In the menu."), say("Hello.")])
    async with helpdesk(tmp_path, model) as desk:
        direct = desk.slack.dm("U0ALEX")
        thread = await desk.say("U0ALEX", "my wifi is down", channel=direct)
        await desk.settle()
        await desk.say("U0ALEX", "where?", thread, channel=direct)
        await desk.settle()
        other = await desk.say("U0ALEX", "hello", channel=direct)
        assert await answers(desk, other, direct) == ["Hello."]
        assert await answers(desk, thread, direct) == ["Switch it on.", "In the menu."]
        assert [len(prompt.items) for prompt in model.prompts] == [1, 3, 1]
