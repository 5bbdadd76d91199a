"""Services on Restate's SDK for Python, for tests/tests/python.rs.

Listens on the port of loopback that is its argument. The SDK is found through PYTHONPATH.
"""

import asyncio
import json
import sys
from datetime import timedelta

import hypercorn.asyncio
import hypercorn.config
import restate

clerk = restate.Service("python.Clerk")
drawer = restate.VirtualObject("python.Drawer")


@clerk.handler()
async def book(ctx: restate.Context, cents: int) -> int:
    """Doubles in a step, waits, and has a service in Rust count, which calls back."""
    doubled = await ctx.run_typed("double", lambda: cents * 2)
    await ctx.sleep(timedelta(milliseconds=1))
    counted = await ctx.generic_call("Tally", "add", json.dumps(doubled).encode(), key="python")
    return json.loads(counted)


@clerk.handler()
async def wait(ctx: restate.Context, name: str) -> str:
    """Waits until somebody resolves an awakeable, whose id it keeps in a drawer."""
    awakeable, resolved = ctx.awakeable()
    ctx.object_send(keep, key=name, arg=awakeable)
    return await resolved


@clerk.handler()
async def refuse(ctx: restate.Context, name: str) -> str:
    """Fails for good."""
    raise restate.TerminalError(f"{name} has no account", status_code=418)


@drawer.handler()
async def keep(ctx: restate.ObjectContext, value: str) -> int:
    """Keeps a value, and returns how many there have been."""
    count = (await ctx.get("count", type_hint=int) or 0) + 1
    ctx.set("count", count)
    ctx.set("last", value)
    return count


@drawer.handler(kind="shared")
async def last(ctx: restate.ObjectSharedContext) -> str:
    """The last value."""
    return await ctx.get("last", type_hint=str) or ""


def main() -> None:
    config = hypercorn.config.Config()
    config.bind = [f"127.0.0.1:{sys.argv[1]}"]
    asyncio.run(hypercorn.asyncio.serve(restate.app([clerk, drawer]), config))


main()
