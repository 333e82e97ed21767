"""What the doctor finds of the systems behind the tools."""

from pathlib import Path

from tests.doctor.patient import Patient
from tests.test_directory_elsewhere import by_ldap
from tests.tools.ldap import ldap_world
from tests.tools.rt import rt_world


async def test_articles_that_cannot_be_read(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "a.md").write_text("no front matter")
    patient.set(KB_DIR="kb")
    assert "a.md" in await patient.told("knowledge base", "wrong", offline=True)


async def test_a_directory_that_does_not_answer(patient: Patient) -> None:
    patient.set(HELPDESK_SCIM_URL="http://127.0.0.1:9/scim", HELPDESK_SCIM_TOKEN="hunter2")
    assert "The directory did not answer." in await patient.told("directory", "wrong")


async def test_mcp_servers_are_started(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"gone": {"command": "/nowhere"}}}')
    patient.set(MCP_CONFIG="mcp.json")
    assert "gone" in await patient.told("MCP servers", "warning")


async def test_a_directory_by_ldap_is_asked_as_whom_the_settings_say(patient: Patient) -> None:
    with ldap_world() as world:
        patient.set(**by_ldap(f"ldap://127.0.0.1:{world.port}"))
        assert await patient.told("directory", "good") == "The directory answers."
        patient.set(HELPDESK_LDAP_PASSWORD="hunter2")
        assert "does not let the helpdesk do that" in await patient.told("directory", "wrong")


async def test_a_request_tracker_takes_tickets_in_queues_that_the_bot_may_use(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "rt").mkdir()
    with rt_world(tmp_path / "rt") as world:
        patient.set(HELPDESK_RT_URL=world.url, HELPDESK_RT_TOKEN=world.token.get_secret_value(), HELPDESK_RT_QUEUE="IT")
        assert await patient.told("tickets", "good") == "Tickets can be made in the queue IT."
        patient.set(HELPDESK_RT_HUMAN_QUEUE="General")
        assert await patient.told("tickets", "wrong") == "No tickets can be made in the queue General."
        patient.set(HELPDESK_RT_TOKEN="1-2-hunter2")
        assert "does not let the helpdesk do that" in await patient.told("tickets", "wrong")
