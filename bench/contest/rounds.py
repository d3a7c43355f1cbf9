"""The run: contenders are started once, then take turns round by round,
so that whatever else happens hits all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contest.contender import Contender, Ground
from contest.contenders.hookscope import Hookscope
from contest.load import Generator
from contest.measure import Sample, measure, usual_count, wait_for_rest
from contest.options import START, Options
from contest.processes import StartError
from contest.profile import Profile, take_profiles
from contest.scenarios import BODY_BYTES, Scenario, by_name
from contest.start_up import Begun, measure_starts

FIRST = 1_000


@dataclass
class Outcome:
    """All that was measured of one contender."""

    name: str
    what: str
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    #: The same loads with the first 1,000 deliveries only, on the same fresh start.
    firsts: dict[str, Sample] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    #: Every start that was timed, by what was started.
    starts: dict[str, list[Begun]] = field(default_factory=dict)
    profiles: list[Profile] = field(default_factory=list)
    left_out: str = ""


class Run:
    """Contenders, the handler, and a directory for them."""

    def __init__(self, options: Options, contenders: list[Contender], directory: Path, say: Callable[[str], None]):
        self.options = options
        self.contenders = contenders
        self.directory = directory
        self.say = say
        self.outcomes = {one.name: Outcome(one.name, one.what) for one in contenders}
        self.generator = Generator(directory / "load", options.cache)
        self.starts = 0

    def run(self) -> None:
        """Runs everything that was asked for; `outcomes` fills up meanwhile."""
        chosen = [by_name(name) for name in self.options.scenarios if name != START]
        try:
            self._run_short([scenario for scenario in chosen if not scenario.long])
            for scenario in chosen:
                if scenario.long:
                    self._run_long(scenario)
            if START in self.options.scenarios:
                self._run_starts()
        finally:
            self.generator.stop()

    def _run_short(self, scenarios: list[Scenario]) -> None:
        if not scenarios:
            return
        ready = [one for one in self.contenders if self._start(one) and self._warm(one)]
        try:
            for number in range(1, self.options.rounds + 1):
                for scenario in scenarios:
                    for contender in list(ready):
                        self._turn(contender, scenario, ready)
                self.say(f"round {number} of {self.options.rounds}")
            for contender in ready:
                if self.options.profile and isinstance(contender, Hookscope):
                    self._profile(contender)
                self._note_check(contender)
        finally:
            for contender in self.contenders:
                contender.stop()

    def _warm(self, contender: Contender) -> bool:
        arrivals = contender.answers_itself
        try:
            load = self.generator.send(contender.address, in_flight=64, seconds=self.options.warm, arrivals=arrivals)
        except StartError as error:
            return self._leave_out(contender, str(error))
        contender.carried += load.sent
        wait_for_rest(contender)
        return True

    def _turn(self, contender: Contender, scenario: Scenario, ready: list[Contender]) -> None:
        if BODY_BYTES[scenario.body] > contender.largest_body:
            return
        count = usual_count(scenario, self.options.deliveries)
        seconds = 60 if count else self.options.seconds
        try:
            sample = measure(contender, self.generator, scenario, seconds, count)
        except StartError as error:
            self._leave_out(contender, f"{scenario.name}: {error}")
            ready.remove(contender)
            return
        self.outcomes[contender.name].samples.setdefault(scenario.name, []).append(sample)

    def _profile(self, contender: Contender) -> None:
        outcome, folder = self.outcomes[contender.name], self.directory / f"profile-{contender.name}"
        seconds = max(3.0, 2 * self.options.seconds)
        try:
            outcome.profiles = take_profiles(contender, self.generator, self.options.cache, seconds, folder)
        except StartError as error:
            outcome.checks.append(f"profile: {error}")

    def _run_long(self, scenario: Scenario) -> None:
        for contender in self.contenders:
            if not self.outcomes[contender.name].left_out:
                with self._started(contender) as started:
                    if started:
                        self._long_turn(contender, scenario)
                self.say(f"{scenario.name}: {contender.name}")

    def _long_turn(self, contender: Contender, scenario: Scenario) -> None:
        outcome = self.outcomes[contender.name]
        limit = self.options.long_seconds
        try:
            if self.options.deliveries > FIRST:
                outcome.firsts[scenario.name] = measure(contender, self.generator, scenario, limit, FIRST)
            sample = measure(contender, self.generator, scenario, limit, self.options.deliveries)
        except StartError as error:
            outcome.checks.append(f"{scenario.name}: {error}")
            return
        outcome.samples.setdefault(scenario.name, []).append(sample)
        self._note_check(contender)

    def _run_starts(self) -> None:
        for one in self.contenders:
            if type(one) is not Hookscope or self.outcomes[one.name].left_out:
                continue
            folder = self.directory / f"start-{one.name}"
            try:
                found = measure_starts(one, self.generator.port, folder, self.options.starts, self.say)
                self.outcomes[one.name].starts = found
            except StartError as error:
                self.outcomes[one.name].checks.append(f"start-up: {error}")

    @contextmanager
    def _started(self, contender: Contender) -> Iterator[bool]:
        try:
            yield self._start(contender)
        finally:
            contender.stop()

    def _start(self, contender: Contender) -> bool:
        """Starts the contender and sees that its answers are right; says in one line why it is left out."""
        self.starts += 1
        ground = Ground(self.directory / f"{contender.name}-{self.starts}", self.generator.port, self.options.cache)
        try:
            contender.start(ground)
            first = self.generator.send(
                contender.address, in_flight=1, count=20, seconds=20, arrivals=contender.answers_itself
            )
        except (StartError, OSError) as error:
            return self._leave_out(contender, str(error))
        if first.bad or not first.done:
            return self._leave_out(
                contender, f"{first.bad} of the first {first.sent} answers are wrong: {first.first_bad}"
            )
        wait_for_rest(contender)
        contender.carried = first.done
        return True

    def _leave_out(self, contender: Contender, why: str) -> bool:
        contender.stop()
        self.outcomes[contender.name].left_out = why
        self.say(f"{contender.name} is left out: {why}")
        return False

    def _note_check(self, contender: Contender) -> None:
        if told := contender.check(contender.carried):
            self.outcomes[contender.name].checks.append(told)
