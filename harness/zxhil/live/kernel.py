"""An interactive running kernel: the guest makes each call, which is judged immediately."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from zxhil.abi.ages import other_arguments
from zxhil.abi.calls import BY_NAME, CALLS
from zxhil.abi.sample import Sample, sample
from zxhil.errors import MachineError, UserError
from zxhil.known.match import FileClauses, entry_of_call
from zxhil.live import protocol
from zxhil.live.describe import near, page_text, signature
from zxhil.live.line import GoneError, GuestLine
from zxhil.live.result import Dialogue, NoSuchCallError, Result
from zxhil.live.spelling import Spelt, spell
from zxhil.live.values import BOOTSTRAP, Handle
from zxhil.model.clause import Outcome
from zxhil.model.pages import load_or_none_yet
from zxhil.model.state import Bootstrap, State
from zxhil.oracle.judging import judge_call
from zxhil.oracle.render import handle_text, known_handle
from zxhil.run.record import KernelRecord
from zxhil.trace.events import CallMade, Event

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.known.file import KnownFile

Connect = Callable[[ExitStack, Callable[[Event], None]], GuestLine]


class LiveKernel:
    """The prompt's `k`: every call of the table is a method that makes the call on the kernel.

    `connect` boots a machine, entered on the stack that it is given, and returns a started line.
    `on_result` gets each call that returned, `say` messages for the user. Raises GoneError,
    from any call, once the guest no longer answers; `reboot` restarts it.
    """

    def __init__(
        self,
        connect: Connect,
        seconds: float,
        on_result: Callable[[Result], None] = lambda result: None,
        documented: Mapping[str, DocumentedStatuses] | None = None,
        say: Callable[[str], None] = lambda text: None,
        known: KnownFile | None = None,
    ) -> None:
        self._connect = connect
        self._seconds = seconds
        self._on_result = on_result
        self._documented = documented or {}
        self._known = known
        self._say = say
        self._variables: Mapping[str, Any] = {}
        self._stack = ExitStack()
        self._line: GuestLine | None = None
        self._why = ""
        self.dialogues: list[Dialogue] = []
        self.reboot()

    def name_handles_by(self, variables: Mapping[str, Any]) -> None:
        """Let `save` call handles as these variables do at that time."""
        self._variables = variables

    # ---- the machine

    def reboot(self) -> None:
        """Restart the kernel. Handles of the last boot are invalid."""
        self.close()
        self.dialogues.append(Dialogue())
        self._line = self._connect(self._stack, self._dialogue.heard)
        self._why = ""
        given_handles = [
            Bootstrap(each.handle, each.type, each.rights, each.koid, each.related_koid)
            for each in self._dialogue.bootstrap
        ]
        self._dialogue.state = State(given_handles)
        if self._known is not None:
            of = FileClauses(self._known).of
            self._dialogue.state.known_clauses = of(self.arch, self.version, "")

    def known(self, result: Result) -> str:
        """Why a divergence is known, and where that is recorded; empty if it is not known.

        Only entries that are not limited to cases apply: a session is not a case.
        """
        found = result.divergence
        if self._known is None or found is None:
            return ""
        kernel = KernelRecord(self.arch, "", self.version, False, ())
        entry = entry_of_call(self._known, kernel, result.call, found)
        return "" if entry is None else f"{entry.reason} ({self._known.path}:{entry.line})"

    def close(self) -> None:
        """End the guest and its machine; a second time does nothing."""
        line, self._line = self._line, None
        self._why = "the machine powered off"
        if line is not None and not self._stuck:
            line.quit(1.0)
        self._stack.close()

    @property
    def _stuck(self) -> bool:
        return bool(self.dialogues) and self._dialogue.unreturned is not None

    @property
    def _dialogue(self) -> Dialogue:
        return self.dialogues[-1]

    # ---- state

    @property
    def version(self) -> str:
        """The kernel's version."""
        return self._dialogue.version or "-"

    @property
    def arch(self) -> str:
        """The architecture, as reported by the guest."""
        return self._dialogue.arch

    @property
    def calls(self) -> list[Result]:
        """The calls of this boot, in order."""
        return self._dialogue.results

    @property
    def last(self) -> Result | None:
        """The call that returned last."""
        return self.calls[-1] if self.calls else None

    @property
    def handles(self) -> list[Handle]:
        """The open handles, as far as the model knows."""
        state = self._dialogue.state
        values = {int(h): h for result in self.calls for h in result.handles}
        values |= {int(h): h for h in self._started_with()}
        return [h for value, h in values.items() if (e := state.entry(value)) and e.live.value]

    def save(self, path: str, name: str = "dialogue") -> None:
        """Write the session as a C file of guest test cases, one for each boot."""
        from zxhil.live.save import save

        for said in (f"saved: {path}", *save(path, self.dialogues, name, self._variables)):
            self._say(said)

    def _started_with(self) -> list[Handle]:
        return [h for name in BOOTSTRAP if (h := self._bootstrap(name)) is not None]

    def _bootstrap(self, name: str) -> Handle | None:
        info, source = BOOTSTRAP[name]
        for given_handles in self._dialogue.bootstrap:
            if given_handles.info & 0xFF == info:
                return Handle.make(given_handles.handle, (source,), self._describer())
        return None

    def _describer(self) -> Callable[[int], str]:
        """Describes this boot's handles by what the model knows."""
        boot = self._dialogue

        def describe(value: int) -> str:
            if boot is not self._dialogue:
                return f"{value:#x} of an earlier boot"
            return handle_text({value: seen} if (seen := self._seen(value)) else {}, value)

        return describe

    def _seen(self, value: int) -> Any:
        return known_handle(self._dialogue.state, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in BOOTSTRAP:
            if (handle := self._bootstrap(name)) is not None:
                return handle
            problem = f"the guest was not given a {name} handle"
            remedy = "avoid it; a first process is given more handles than a shell's child"
            raise NoSuchCallError(f"k.{name}", problem, remedy)
        if name in BY_NAME:
            if not BY_NAME[name].in_vdso:
                problem = "the vDSO keeps this call to itself: no program can make it"
                raise NoSuchCallError(f"k.{name}", problem, "dir(k) lists the calls")
            return self._method(name)
        raise NoSuchCallError(f"k.{name}", "no such call", near(name))

    def __dir__(self) -> list[str]:
        own = [name for name in object.__dir__(self) if not name.startswith("_")]
        absent = self._dialogue.absent
        calls = [call.name for call in CALLS if call.in_vdso and call.name not in absent]
        return [*own, *BOOTSTRAP, *calls]

    # ---- calls

    def _method(self, name: str) -> Callable[..., Result]:
        def made(*args: Any, **given: Any) -> Result:
            return self._call(name, args, given)

        made.__name__ = made.__qualname__ = name
        made.__doc__ = page_text(name)
        made.__signature__ = signature(name)  # type: ignore[attr-defined]
        return made

    def _call(self, name: str, args: tuple[Any, ...], given: Mapping[str, Any]) -> Result:
        spelt = spell(name, args, given)
        line = self._line
        if line is None:
            raise GoneError(f"the kernel is gone: {self._why}; k.reboot() restarts it")
        dialogue = self._dialogue
        try:
            texts = protocol.pack(spelt.operations)
            for text in texts[:-1]:
                line.request(text)
            dialogue.unreturned = spelt
            made, returned = line.make(texts[-1], self._seconds)
            dialogue.unreturned = None
            if made is None or returned is None:
                raise self._absent(name)
            outcome = Outcome(returned.status, returned.outs, returned.unwritten)
            result = self._judged(spelt, made, outcome)
            self._fetch(line, result)
        except (MachineError, KeyboardInterrupt) as error:
            raise self._lost(name, error) from None
        self._on_result(result)
        return result

    def _judged(self, spelt: Spelt, made: CallMade, outcome: Outcome) -> Result:
        name, dialogue = spelt.syscall.name, self._dialogue
        page, listed = load_or_none_yet(name), self._documented.get(name)
        number = len(dialogue.results)
        judged = judge_call(dialogue.state, page, made, outcome, listed)
        handles = self._handles_of(number, spelt, outcome)
        result = Result(number, spelt, judged, handles)
        dialogue.results.append(result)
        return result

    def _handles_of(self, number: int, spelt: Spelt, outcome: Outcome) -> tuple[Handle, ...]:
        found: list[Handle] = []
        for parameter in spelt.syscall.parameters:
            value = outcome.outs.get(parameter.name)
            handles = parameter.kind.handles_written()
            if handles is None or value is None:
                continue
            for index, handle in enumerate(handles(value)):
                source = (len(self.dialogues) - 1, number, parameter.name, index)
                found.append(Handle.make(handle, source, self._describer()))
        return tuple(found) if outcome.status == 0 else ()

    def _fetch(self, line: GuestLine, result: Result) -> None:
        """Fetch the received bytes that the trace does not have."""
        for parameter in result.spelt.syscall.parameters:
            kind = parameter.kind
            carried = result.outs.get(parameter.name)
            if not kind.is_bytes or not isinstance(carried, Sample):
                continue
            if carried.whole is not None:
                result.data = carried.whole
                continue
            size, offset = result.outs.get(kind.actual), result.spelt.offsets.get(parameter.name)
            if not isinstance(size, int) or offset is None or not size:
                continue
            data = bytes.fromhex(line.request(protocol.peek(offset, size)))
            if carried.may_be(sample(data)):
                result.data = data

    def _absent(self, name: str) -> UserError:
        remedy = "see dir(k) for those it has"
        if name in self._dialogue.unsure:
            return UserError(f"zx_{name}", other_arguments(name), remedy)
        return UserError(
            f"zx_{name}", f"this kernel's vDSO has no such call ({self.version})", remedy
        )

    def _lost(self, name: str, error: BaseException) -> BaseException:
        """The guest no longer answers: say so, and why."""
        if isinstance(error, KeyboardInterrupt):
            self._why = f"interrupted in zx_{name}"
            problem, evidence = self._why, ""
        else:
            assert isinstance(error, MachineError)
            self._why = f"in zx_{name}: {error.problem}"
            problem, evidence = self._why, error.evidence
        self._line = None
        self._stack.close()
        return GoneError(f"{problem}; k.reboot() restarts it", evidence)
