"""Runs the steps of a promotion, keeps its journal, and goes back when a step fails."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from devkit.control_plane.errors import ServiceError
from devkit.disk.locks import FileLock
from devkit.promote.context import Context, Terms
from devkit.promote.errors import ForeignChangeError, PromotionError
from devkit.promote.journal import Journal, Request, StepEntry, all_journals, folder_of, new_id, open_journal
from devkit.promote.places import keep_place, place_of, same_endpoint
from devkit.promote.resolving import restored_document
from devkit.promote.steps import APPLYING, LOCAL, OPENING, PlanOnly
from devkit.promote.targets.base import Desired, TargetError, TargetState
from devkit.promote.traffic import shares_text
from devkit.runtime.plan import DeploymentPlan, Flavour
from devkit.runtime.protocol import CannotRunError
from devkit.spec.kinds import Family

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.promote.steps import Step
    from devkit.promote.targets.base import Target
    from devkit.workspace import Workspace

__all__ = ["promote", "resume", "roll_back", "show_plan"]

_FAILURES = (PromotionError, TargetError, ServiceError, CannotRunError, OSError)


def show_plan(request: Request, workspace: Workspace, terms: Terms) -> None:
    """Do what needs no network, and tell what would be changed.

    Raises:
        PromotionError: it would be refused.
    """
    context = Context(workspace, Journal(id=new_id(), request=request), terms, plan_only=True)
    try:
        for step in LOCAL:
            terms.tell(f"{step.__name__}:")
            step(context)
    except PlanOnly:
        return
    except _FAILURES as error:
        raise PromotionError(str(error), log=str(getattr(error, "log", ""))) from error
    finally:
        _close(context)


def promote(request: Request, workspace: Workspace, terms: Terms) -> Journal:
    """Promote.

    Returns:
        The journal, `done`.

    Raises:
        PromotionError: it was refused, or failed and was taken back; the journal says which.
    """
    journal = Journal(id=new_id(), request=request)
    context = Context(workspace, journal, terms)
    with _closing(context), _ending(context):
        _do_all(context, OPENING)  # they tell what is locked
        with _locked(workspace, journal):
            _refuse_unfinished(context)
            _finish(context)
    return journal


def resume(workspace: Workspace, identifier: str | None, terms: Terms) -> Journal:
    """Go on with a promotion that was interrupted.

    Raises:
        PromotionError: it has ended, what it promotes has changed since, or a step failed.
    """
    journal = open_journal(
        workspace, identifier, that=lambda each: each.can_resume, none="There is no promotion to resume"
    )
    with _locked(workspace, journal):
        journal = open_journal(workspace, journal.id)  # again: another process may have ended it just now
        if not journal.can_resume:
            raise PromotionError(f"Promotion {journal.id} has ended: {journal.status}. There is nothing to resume.")
        journal.status, journal.finding, journal.log = "running", None, ""
        held = _held(journal)
        context = Context(workspace, journal, terms)
        with _closing(context), _ending(context):
            _do_all(context, OPENING)
            # it may have been interrupted before it was known what to lock
            with nullcontext() if _held(journal) == held else _locked(workspace, journal):
                _finish(context)
    return journal


def roll_back(workspace: Workspace, identifier: str | None, terms: Terms) -> Journal:
    """Bring the target back to the state before a promotion, whatever became of it.

    Raises:
        PromotionError: it changed nothing, or the target refuses.
    """
    journal = open_journal(
        workspace, identifier, that=lambda each: each.can_return, none="There is no promotion to take back"
    )
    with _locked(workspace, journal):
        journal = open_journal(workspace, journal.id)  # again: another process may have changed it just now
        if journal.before is None or not journal.can_return:
            raise PromotionError(f"Promotion {journal.id} has left nothing at {journal.request.to} to be taken back.")
        _refuse_out_of_turn(workspace, journal)
        context = Context(workspace, journal, terms)
        context.before = TargetState.from_json(journal.before)
        with _closing(context):
            try:
                context.opened = _opened_from_journal(context)
                keep_place(journal, context.target)
                _tell_return(context)
                if not terms.ask("Go back?"):
                    raise PromotionError("Nothing was changed.")
                _return(context)
            except _FAILURES as error:
                raise PromotionError(str(error), log=str(getattr(error, "log", ""))) from error
    return journal


def _finish(context: Context) -> None:
    """Every step after the opening ones that was not done yet."""
    journal = context.journal
    _do_all(context, LOCAL[len(OPENING) :])
    _do_all(context, [step for step in APPLYING if not journal.has_done(step.__name__)])
    journal.status = "done"
    context.save()
    context.terms.tell(f"done: {journal.endpoint}/{journal.deployment} serves at {context.target.name}")
    with suppress(*_FAILURES):  # it serves, whatever becomes of the advice
        for line in context.target.how_to_ask():
            context.tell(line)
        context.save()


def _do_all(context: Context, steps: Sequence[Step]) -> None:
    for step in steps:
        _do(context, step)


def _do(context: Context, step: Step) -> None:
    """One step: written down, announced, done, written down."""
    entry = StepEntry(name=step.__name__, began=_now())
    context.journal.steps.append(entry)
    context.save()
    context.terms.tell(f"{step.__name__}:")
    try:
        step(context)
    except Exception as error:
        entry.finding, entry.ended = str(error) or repr(error), _now()
        raise
    entry.ended = _now()
    context.save()


@contextmanager
def _ending(context: Context) -> Iterator[None]:
    """Inside, a failure ends the promotion in a known state; an interruption (Ctrl+C, a kill) leaves it to resume.

    A mistake of ours, which is no failure that we know, goes on as it is once the target is as it was before.
    """
    try:
        yield
    except _FAILURES as error:
        _end(context, error)
        raise PromotionError(_told(context.journal, error), log=context.journal.log) from error
    except Exception as error:
        _end(context, error)
        raise


def _end(context: Context, error: BaseException) -> None:
    """After a failure: back to the state before, if anything was changed; the journal tells where it stands."""
    journal = context.journal
    journal.finding, journal.log = str(error), str(getattr(error, "log", ""))
    if not journal.applying:
        journal.status = "refused"
    elif isinstance(error, ForeignChangeError):
        journal.status = "failed"
    else:
        journal.status = "failed"
        context.save()
        _try_return(context)
    context.save()


def _try_return(context: Context) -> None:
    if context.opened is None or context.before is None:  # a resumption that failed before it knew the target
        return
    try:
        _tell_return(context)
        _return(context)
    except _FAILURES as second:
        context.journal.finding = (
            f"{context.journal.finding}\nGoing back failed too: {second} Repeat it with `devkit rollback "
            f"{context.journal.id}`."
        )


def _tell_return(context: Context) -> None:
    now, before = (shares_text(each.traffic) for each in (context.target.state(), context.state_before))
    context.tell(f"going back at {context.target.name}: {now} -> {before}; what this promotion made is deleted")


def _return(context: Context) -> None:
    context.target.restore(context.state_before, context.tell)
    context.journal.status = "returned"
    context.save()
    context.tell("the target is as it was before")


def _told(journal: Journal, error: BaseException) -> str:
    step = journal.steps[-1].name if journal.steps else "start"
    outcome = {
        "refused": "Nothing that serves was changed.",
        "returned": "The target is as it was before.",
        "failed": f"It stands in the middle: `devkit promote --resume {journal.id}` goes on, "
        f"`devkit rollback {journal.id}` goes back.",
    }
    return f"{step}: {journal.finding or error}\n{outcome.get(journal.status, '')}".rstrip()


def _refuse_unfinished(context: Context) -> None:
    """One that was interrupted has to be ended first: two states before would be one too many."""
    journal = context.journal
    for each in all_journals(context.workspace):
        another = each.id != journal.id and same_endpoint(each, journal)
        if another and each.applying and each.status in {"running", "failed"}:
            raise PromotionError(
                f"Promotion {each.id} of {each.endpoint}/{each.deployment} was interrupted and stands in the middle. "
                f"`devkit promote --resume {each.id}` goes on, `devkit rollback {each.id}` goes back."
            )


def _refuse_out_of_turn(workspace: Workspace, journal: Journal) -> None:
    """What came later stands on this one: the state before it knows nothing of what the later one made."""
    for each in reversed(all_journals(workspace)):
        if each.id == journal.id:
            return
        if each.can_return and same_endpoint(each, journal):
            raise PromotionError(
                f"Promotion {each.id} of {each.endpoint}/{each.deployment} came later. Take it back first: "
                f"`devkit rollback {each.id}`."
            )


def _opened_from_journal(context: Context) -> Target:
    """The target for going back alone: with the journal's documents, since the files may be gone."""
    journal, folder = context.journal, context.journal.request.file.parent
    endpoint = journal.documents.get("endpoint")
    assert journal.digests is not None  # noqa: S101  it was resolved before anything was applied
    desired = Desired(
        journal.id,
        restored_document(journal.documents["deployment"], Family.ONLINE_DEPLOYMENT, folder),
        restored_document(endpoint, Family.ONLINE_ENDPOINT, folder) if endpoint else None,
        DeploymentPlan(journal.endpoint, journal.deployment, Flavour.CUSTOM),
        journal.digests,
        None,
    )
    return context.terms.open_target(journal.request.to, desired, context.workspace, journal.request.options)


def _held(journal: Journal) -> tuple[str, str]:
    """What a promotion keeps others from."""
    return place_of(journal), journal.endpoint


@contextmanager
def _locked(workspace: Workspace, journal: Journal) -> Iterator[None]:
    place, endpoint = held = _held(journal)
    folder = folder_of(workspace)
    workspace.prepare()
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"{hashlib.sha256(' '.join(held).encode()).hexdigest()[:16]}.lock")
    if not lock.take():
        raise PromotionError(f"Another promotion of {endpoint} to {place} is going on. Wait for its end.")
    try:
        yield
    finally:
        lock.free()


@contextmanager
def _closing(context: Context) -> Iterator[None]:
    try:
        yield
    finally:
        _close(context)


def _close(context: Context) -> None:
    if context.opened is not None:
        context.opened.close()


def _now() -> datetime:
    return datetime.now(timezone.utc)
