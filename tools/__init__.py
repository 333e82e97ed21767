"""The menu: every tool there is, one line each. A tool whose backend is not configured is not offered (`spec.menu`)."""

from tools.access import grant_access, list_my_access, revoke_access
from tools.accounts import reset_password, unlock_account
from tools.calculator import calculator
from tools.devices import find_device, wipe_device
from tools.directory import lookup_user
from tools.knowledge import search_kb
from tools.memory import forget, recall, remember
from tools.requests import request_status, withdraw_request
from tools.results import read_more
from tools.spec import Tool
from tools.tickets import create_ticket, escalate_to_human, get_ticket, list_my_tickets, share_ticket, update_ticket
from tools.web import web_search

TOOLS: tuple[Tool, ...] = (
    search_kb,
    web_search,
    lookup_user,
    find_device,
    list_my_access,
    calculator,
    remember,
    recall,
    forget,
    read_more,
    request_status,
    withdraw_request,
    create_ticket,
    get_ticket,
    list_my_tickets,
    update_ticket,
    share_ticket,
    escalate_to_human,
    unlock_account,
    reset_password,
    grant_access,
    revoke_access,
    wipe_device,
)
