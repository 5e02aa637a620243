"""`flask menu …`: the account's menus, published now and shown."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from bot.domain.capability import Capability
from bot.keeper import opened_services, stop
from bot.store.menus import MenuName, find_published
from bot.wechat.errors import GatewayError
from bot.wechat.menu_publisher import MenuPublisher
from bot.wechat.menus import buttons_of
from bot.wechat.staff_tags import check_tags, keep_tags

menu = AppGroup(
    "menu", help="The account's menus. The worker keeps them by itself; these are for looking and hurrying."
)


@menu.command("publish")
def publish_menus() -> None:
    """Compare with what stands on the platform, and publish what is missing or different; give and take the tag."""
    services = opened_services()
    if not services.account.secret:
        stop("WECHAT_SECRET is not set: no menu can be published.")
    gateway = services.gateway()
    publisher = MenuPublisher(services.db, gateway, services.account.appid, services.capabilities, services.clock)
    try:
        publisher.check()
        done = publisher.publish_due()
        check_tags(services.db, gateway, services.clock)
        given, taken = keep_tags(services.db, gateway, services.clock)
    except GatewayError as error:
        stop(f"The platform did not take it: {error}.")
    if done is None:
        stop("The platform refuses the menu; flask doctor shows the alarm.")
    for name in done:
        click.echo(f"published {name.value}")
    if not done:
        may = services.has(Capability.MENU)
        click.echo("Nothing has changed." if may else "The account has no menu: readers use the numbered one.")
    click.echo(f"tag given {given}, taken {taken}")


@menu.command("show")
def show_menus() -> None:
    """The menus, and since when they stand on the platform."""
    services = opened_services()
    with services.db.reading() as tx:
        published = find_published(tx)
    shared = not (services.has(Capability.TAGS) and services.has(Capability.STAFF_MENU))
    for name in MenuName:
        buttons = buttons_of(name, shared=shared)
        row = published.get(name)
        since = f"since {row.published_at:%Y-%m-%d %H:%M} UTC" if row and row.digest else "not published"
        click.echo(f"{name.value}\t{since}")
        for button in buttons:
            below = ", ".join(each["name"] for each in button.get("sub_button", []))
            click.echo(f"  {button['name']}" + (f": {below}" if below else ""))
