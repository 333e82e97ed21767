"""The menu as the model sees it, which stands in front of every request: what changes there, the cache is lost."""

from bot.core.prompt import functions
from tests.core.toolbox import MENU


def test_the_menu_is_the_same_in_whatever_order_the_tools_are_listed() -> None:
    listed = functions(MENU)
    assert [each.name for each in listed] == sorted(MENU)
    assert functions(dict(sorted(MENU.items(), reverse=True))) == listed


def test_each_tool_is_told_with_its_description_and_what_it_takes() -> None:
    look = next(each for each in functions(MENU) if each.name == "look")
    assert (look.description, look.parameters, look.strict) == (
        MENU["look"].description,
        MENU["look"].schema,
        MENU["look"].strict,
    )
    assert "query" in look.parameters["properties"]
