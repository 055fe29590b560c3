"""An appliance in faked time with a certificate by ACME: what it serves, and what it tells."""

import ssl
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from homecall_appliance.acme.http01 import HttpTokens
from homecall_appliance.acme.propagation import Dns
from homecall_appliance.acme.renewal import Renewal
from homecall_appliance.acme.state import Settings
from homecall_appliance.app.name_monitor import NameMonitor
from homecall_appliance.app.overview import troubles
from homecall_appliance.app.status import certificate_status
from homecall_appliance.certificates.files import CertificateFiles
from homecall_appliance.certificates.local_ca import LocalAuthority
from homecall_appliance.certificates.selection import CertificateSelection
from homecall_appliance.config.model import Acme, Camera, Tls
from homecall_appliance.control.status import Status
from homecall_appliance.control.status_text import in_words
from homecall_appliance.doctor.checks.certificate import certificate as check
from homecall_appliance.doctor.probes.certificate import stored
from homecall_appliance.media.audio.echo.off import Off
from homecall_appliance.media.audio.shared_audio import SharedAudio
from homecall_appliance.media.audio.silence import Silence
from homecall_appliance.media.video.shared_camera import SharedCamera
from homecall_appliance.network.addresses import Names
from homecall_appliance.network.resolver import Resolver
from tests.acme.acme_world import DOMAIN, FakeTime, World, settle
from tests.acme.fake_authority import FakeAuthority
from tests.doctor.doctor_world import OWNER, configured, running
from tests.support.rigs.knot import DnsServer

ADDRESS = "192.168.7.7"
AT_HOME = Names(("pi.local",), (ip_address(ADDRESS),), host=ip_address(ADDRESS))


@dataclass
class House:
    """An appliance in faked time, and its authority."""

    folder: Path
    stack: AsyncExitStack
    patch: pytest.MonkeyPatch
    knot: DnsServer | None = None
    time: FakeTime = field(default_factory=FakeTime)

    async def begin(self, profile: str = "") -> "House":
        tokens = HttpTokens()
        self.authority = FakeAuthority(lambda: self.time.now, tokens)
        self._serving = AsyncExitStack()
        self.stack.push_async_exit(self._serving)
        await self._serving.enter_async_context(self.authority.serving())
        settings = Settings(DOMAIN, f"{self.authority.url}/directory", profile=profile)
        self.world = World(self.folder, settings, tokens, self.time.clock)
        if self.knot:
            self.world.dns = Dns(("127.0.0.1",), self.knot.port)
        self.start()
        return self

    def start(self) -> None:
        """Start the appliance, anew after something has been changed."""
        self.renewal: Renewal = self.world.renewal()
        file = self.renewal.certificate_file
        owner = CertificateFiles(
            file, file, lambda: DOMAIN, lambda: self.time.now, source=self.renewal
        )
        local = LocalAuthority(self.folder, lambda: AT_HOME, lambda: self.time.now)
        self.certificates = CertificateSelection(owner, local, lambda: ADDRESS)

    def configure(self, **settings: object) -> None:
        """Change what an owner has configured, and restart."""
        self.world.settings = replace(self.world.settings, **settings)  # type: ignore[arg-type]
        self.start()

    async def goes_down(self) -> None:
        """Let the authority be reached no more."""
        await self._serving.aclose()

    async def let_pass(self, span: timedelta = timedelta()) -> None:
        """Do what is due until then; the clock is looked at every ten minutes, for speed."""
        end = self.time.now + span
        await settle(self.renewal)
        while self.time.now < end:
            self.time.pass_by(timedelta(seconds=600))
            await settle(self.renewal)
        self.certificates.refresh()

    def shown(self, name: str | None) -> x509.Certificate:
        """The certificate that a connection by this name is shown; None: by the address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(to_client, to_server, server_hostname=name)
        server = self.certificates.context.wrap_bio(to_server, to_client, server_side=True)
        for each in (client, server) * 2:
            with suppress(ssl.SSLWantReadError):
                each.do_handshake()
        der = client.getpeercert(binary_form=True)
        assert der
        return x509.load_der_x509_certificate(der)

    def is_own(self, name: str | None) -> bool:
        """Whether that is one of the appliance's own authority."""
        issuer = x509.load_pem_x509_certificate(self.certificates.authority_pem).subject
        return issuer.rfc4514_string() in self.shown(name).issuer.rfc4514_string()

    def told(self) -> str:
        """What the owner is told to mend: the same everywhere. "" where all is well."""
        told = certificate_status(self.certificates, DOMAIN)
        text = told.problem or ""
        status = Status(certificate=told)
        assert text in "\n".join(in_words(status, 2))
        camera, audio = SharedCamera(Camera()), SharedAudio(Silence(), Off(), 100)
        name = NameMonitor(DOMAIN, Resolver().ask, lambda: None)  # which asks nobody here
        assert troubles(camera, audio, self.certificates, name).get("certificate", "") == text
        found = [each for each in self.doctor() if each[0] == "bad"]
        assert [sentence for _, sentence in found] == [*filter(None, [text, told.notice])]
        return text

    def doctor(self) -> list[tuple[str, str]]:
        """What the doctor says while the appliance runs."""
        acme = Acme(domain=DOMAIN, directory=self.world.settings.directory)
        tls = Tls(mode="acme", state_directory=str(self.folder), acme=acme)
        told = certificate_status(self.certificates, DOMAIN)
        status = {"certificate": {"problem": told.problem, "notice": told.notice}}
        facts = running(status, certificate=stored(tls, OWNER))
        network = replace(facts.network, now=self.time.now, wanted_host=DOMAIN)
        facts = configured(replace(facts, network=network), "tls", **vars(tls))
        return [(each.state.value, each.sentence) for each in check(facts)]
