"""The certificate that the appliance gets from an authority (ACME). PURE."""

from homecall_appliance.certificates.complaints import BY_ITSELF, day
from homecall_appliance.certificates.judge import Verdict, judge
from homecall_appliance.doctor.facts import Daemon, Facts
from homecall_appliance.doctor.finding import Finding, bad, fine

_VOLATILE = (
    "{directory} is in memory: after each start of this machine another certificate is ordered, "
    "and authorities issue only a few in a week. Switch the overlay file system off (sudo "
    "raspi-config, Performance Options), or mount a disk there."
)


def issued(facts: Facts) -> list[Finding]:
    """What the appliance tells of it if it runs, else what its file has."""
    found, told = facts.certificate, facts.appliance.status.certificate
    domain = facts.settings.config.tls.acme.domain
    verdict = None
    if found.pair:
        host = facts.network.wanted_host or domain
        verdict = judge(*found.pair, facts.network.now, host, remedy=BY_ITSELF)
    problem, notice = told.problem, told.notice
    if verdict and verdict.pem:
        problem, notice = problem or verdict.problem, notice or verdict.notice
    volatile = _VOLATILE.format(directory=facts.settings.config.tls.state_directory)
    sentences = [problem or _withheld(facts), notice, volatile if found.volatile else None]
    findings = [bad("certificate", each) for each in sentences if each]
    return findings or [fine("certificate", _standing(facts, verdict))]


def _withheld(facts: Facts) -> str | None:
    """Why the file cannot be used although it is there."""
    found, folder = facts.certificate, facts.settings.config.tls.state_directory
    if found.denied:
        return (
            f"The appliance's user may not read {found.denied}. Give it back with: sudo chown -R "
            f"homecall: {folder}"
        )
    if found.state == "damaged":
        return (
            f"{found.path} cannot be read: {found.reason}. If the disk is not failing, remove what "
            "is there: the appliance orders another certificate when it starts."
        )
    if found.state == "denied" and facts.appliance.state is not Daemon.RUNNING:
        return f"You may not read {found.path}. Look again with: sudo homecall-appliance doctor"
    return None


def _standing(facts: Facts, verdict: Verdict | None) -> str:
    domain = facts.settings.config.tls.acme.domain
    if facts.certificate.state == "missing":
        return f"There is none for {domain} yet: the appliance gets it when it runs."
    if verdict and not verdict.pem:
        return (
            f"What is kept of it is damaged: the appliance orders another certificate for {domain} "
            "within a day when it runs."
        )
    until = f" until {day(verdict.leaf.not_valid_after_utc)}" if verdict and verdict.leaf else ""
    return f"The certificate for {domain} is valid{until}; the appliance renews it by itself."
