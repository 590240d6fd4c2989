"""The steps of a promotion, in their order: each a function with one purpose that raises what it found.

A step that was interrupted is done again, and comes to the same end: those before `create` change nothing anybody
serves from, and a target's methods can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from devkit.golden.replay import replay as send
from devkit.golden.report import as_table
from devkit.golden.requests import FOLDER, BadGoldenError, load_all
from devkit.promote.errors import ForeignChangeError, PromotionError
from devkit.promote.places import keep_place
from devkit.promote.proving import prove_it, validate_command
from devkit.promote.resolving import documents_of, resolve_file
from devkit.promote.targets.base import Desired, TargetState
from devkit.promote.traffic import shares_text, steps_of
from devkit.promote.watching import hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.golden.requests import Golden
    from devkit.promote.context import Context

__all__ = ["APPLYING", "LOCAL", "OPENING", "PlanOnly", "Step", "routes_without_golden"]

Step = Callable[["Context"], None]
_ANY_ROUTE = "/"


class PlanOnly(Exception):  # noqa: N818  no error: the plan was all that was wanted
    """The plan is told, and nothing else is wanted."""


def resolve(context: Context) -> None:
    """Read and check the YAML, and copy what it consists of: what is edited from now on does not matter."""
    request = context.journal.request
    context.resolved = resolved = resolve_file(
        request.file,
        context.workspace,
        name=request.name,
        endpoint_name=request.endpoint_name,
        settings=request.settings,
    )
    journal = context.journal
    if journal.digests is not None and journal.digests.whole != resolved.digests.whole:
        changed = ", ".join(resolved.digests.changed_since(journal.digests))
        raise PromotionError(
            f"This is no longer what promotion {journal.id} began with; changed: {changed}. Put it back and resume, or "
            f"go back with `devkit rollback {journal.id}`."
        )
    journal.digests = resolved.digests
    journal.endpoint, journal.deployment = resolved.plan.endpoint, resolved.plan.deployment
    journal.documents = documents_of(resolved)
    context.tell(f"{journal.endpoint}/{journal.deployment}, digest {resolved.digests.whole[:12]}, no errors")


def check(context: Context) -> None:
    """Look for a golden request of each route: without one nothing would tell whether the target answers rightly."""
    request = context.journal.request
    folder = request.golden or request.file.parent / FOLDER
    try:
        context.goldens = load_all(folder)
    except BadGoldenError as error:
        raise PromotionError(str(error)) from None
    missing = routes_without_golden(context.subject.plan.routes.scoring.path, context.goldens)
    if missing:
        raise PromotionError(
            f"{folder} has no golden request of {', '.join(missing)}, so nothing would tell whether the target answers "
            "as this machine does. Record some with `devkit record`, or write one: docs/golden-requests.md."
        )
    context.tell(f"{len(context.goldens)} golden requests")


def routes_without_golden(path: str, goldens: Sequence[Golden]) -> list[str]:
    """The routes that no golden request asks. Below ``/`` clients append paths of their own: there any one will do."""
    asked = {each.route for each in goldens}
    return [] if path in asked or (path == _ANY_ROUTE and asked) else [path]


def prove(context: Context) -> None:
    """Find the receipt, open the target, and see whether the one is enough for the other."""
    journal = context.journal
    context.receipt, missing = prove_it(context.workspace, context.subject.digests, context.goldens)
    desired = Desired(
        journal.id,
        context.subject.document,
        context.subject.endpoint,
        context.subject.plan,
        context.subject.digests,
        context.receipt,
    )
    context.opened = context.terms.open_target(journal.request.to, desired, context.workspace, journal.request.options)
    if not context.plan_only:
        keep_place(journal, context.target)
    proof = context.target.proof
    if context.receipt is not None and proof == "docker" and context.receipt.runtime != "docker":
        missing = f"{context.target.name} runs the image, and the receipt is of the runtime process"
    _accept(context, missing)
    if journal.request.mirror and not context.target.can_mirror:
        raise PromotionError(f"{context.target.name} cannot mirror traffic. Leave --mirror out.")


def _accept(context: Context, missing: str | None) -> None:
    reason = context.journal.request.unvalidated
    if missing is None:
        receipt = context.receipt
        assert receipt is not None  # noqa: S101  nothing is missing
        context.journal.receipt = receipt.digest
        context.tell(f"receipt {receipt.digest[:12]} of {receipt.made_at:%Y-%m-%d %H:%M}, runtime {receipt.runtime}")
    elif reason:
        context.tell(f"not validated: {missing}. Promoted nevertheless: {reason}")
    else:
        command = validate_command(context.journal.request, docker=context.target.proof == "docker")
        raise PromotionError(
            f"{missing}; run `{command}`. Or give a reason: --allow-unvalidated REASON; it is written down."
        )


def plan(context: Context) -> None:
    """Tell what will change, and ask. A resumed promotion has asked already."""
    if context.plan_only:
        _tell_changes(context, None)
        raise PlanOnly
    target, journal = context.target, context.journal
    if journal.before is not None and journal.has_done("plan"):
        context.before = TargetState.from_json(journal.before)
        return
    target.preflight()
    context.before = before = target.state()
    journal.before = before.to_json()
    if journal.deployment in before.deployments:
        raise PromotionError(
            f"{target.name} has a deployment {journal.deployment} of {journal.endpoint} already, and nothing is "
            "replaced in place. Give the new one another name: --name, such as green."
        )
    _tell_changes(context, before)
    if not context.terms.ask("Go on?"):
        raise PromotionError("Nothing was changed: the plan was not agreed to.")


def _tell_changes(context: Context, state: TargetState | None) -> None:
    target, request = context.target, context.journal.request
    context.tell(f"plan for {target.name}")
    for change in target.plan(state):
        for line in str(change).splitlines():
            context.tell(line)
    before = {} if state is None else state.traffic
    stages = steps_of(before, context.journal.deployment, request.steps)
    if state:
        shown = " -> ".join(shares_text(each) for each in stages) or "none"
    else:
        shown = " -> ".join(f"{each} %" for each in request.steps) + " (100 % at once where nothing serves yet)"
    context.tell(f"~ change traffic: {shown}, {request.hold_s:g} s each")
    for caution in target.cautions():
        context.tell(f"! {caution}")


def ship(context: Context) -> None:
    """Bring everything to the target."""
    context.target.ship(context.tell)


def create(context: Context) -> None:
    """Make the deployment at 0 % traffic, if the target still is as the plan saw it."""
    target, journal = context.target, context.journal
    if not journal.applying:
        if target.state().fingerprint != context.state_before.fingerprint:
            raise ForeignChangeError(
                f"{journal.endpoint} at {target.name} was changed by somebody else since the plan was made. Nothing of "
                "it was touched. Run the promotion again for a new plan."
            )
        journal.applying = True
        context.save()
    target.create(context.tell)


def wait(context: Context) -> None:
    """Wait until the new deployment is ready."""
    context.target.wait(context.tell)


def replay(context: Context) -> None:
    """Ask the new deployment the golden requests, past the traffic."""
    verdicts = list(send(context.goldens, context.target.replay_target()))
    if not all(each.passed for each in verdicts):
        raise PromotionError(
            f"{context.target.name} answers otherwise than this machine:\n{as_table(verdicts)}",
            log=context.target.logs(),
        )
    context.tell(as_table(verdicts).splitlines()[-1])


def mirror(context: Context) -> None:
    """Copy some of the live traffic to the new deployment for a while."""
    percent = context.journal.request.mirror
    if not percent or not context.state_before.traffic:
        context.tell("no traffic is mirrored")
        return
    context.tell(f"{percent} % of the live traffic is mirrored")
    start = context.target.observe()
    context.target.set_mirror(percent)
    hold(context, start)
    context.target.set_mirror(0)


def shift(context: Context) -> None:
    """Give the new deployment more and more of the live traffic, as long as it answers well."""
    request, journal = context.journal.request, context.journal
    stages = steps_of(context.state_before.traffic, journal.deployment, request.steps)
    done = max((stages.index(each) for each in journal.shares[:-1] if each in stages), default=-1)
    for shares in stages[done + 1 :]:
        _refuse_foreign_traffic(context)
        if not journal.shares or journal.shares[-1] != shares:
            journal.shares.append(shares)
            context.save()
        start = context.target.observe()
        context.target.set_traffic(shares)
        context.tell(f"traffic: {shares_text(shares)}")
        hold(context, start)
        replay(context)


def _refuse_foreign_traffic(context: Context) -> None:
    """Somebody who moved traffic by hand meanwhile had a reason."""
    known = [dict(context.state_before.traffic), *context.journal.shares[-2:]]
    now = {name: share for name, share in context.target.state().traffic.items() if share}
    if now not in [{name: share for name, share in each.items() if share} for each in known]:
        raise ForeignChangeError(
            f"The traffic of {context.journal.endpoint} is {shares_text(now)} now: somebody else changed it. It is "
            f"left so. `devkit rollback {context.journal.id}` goes back to {shares_text(known[0])}."
        )


OPENING: tuple[Step, ...] = (resolve, check, prove)
"""They tell which endpoint it is, and where; they ask the target nothing."""
LOCAL: tuple[Step, ...] = (*OPENING, plan)
"""They change nothing at the target, and are done again when a promotion is resumed."""
APPLYING: tuple[Step, ...] = (ship, create, wait, replay, mirror, shift)
