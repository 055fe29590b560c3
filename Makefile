# Two commands on a fresh machine: `make run` starts the appliance, `make test` runs every test.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := pip --disable-pip-version-check --quiet install
# What is pinned is complete: pip 23 refuses what it finds by itself, such as an extra.
HASHED := $(PIP) --no-deps --require-hashes --requirement

# What apt brings: a font, the sound libraries and libseccomp for `make run`; what makes a Debian 13
# root, for `make deb` and for the camera; what makes and signs an archive; and browsers, a sound
# server, decoders and an emulated computer, for `make test`.
RUN_PACKAGES := fonts-dejavu-core libopus0 libportaudio2 libseccomp2 libspeexdsp1
DEB_PACKAGES := git mmdebstrap
REPOSITORY_PACKAGES := apt-utils gnupg
TEST_PACKAGES := $(RUN_PACKAGES) chromium firefox-esr libnss3-tools iproute2 nftables \
	pipewire pipewire-bin pipewire-pulse wireplumber libspa-0.2-modules dbus-daemon \
	pulseaudio-utils libasound2-plugins espeak-ng zbar-tools qemu-system-x86 \
	$(DEB_PACKAGES) $(REPOSITORY_PACKAGES)

.PHONY: run check test test-long statics lint audit web-test quick-test python-test python-test-long \
	machine-test machine-test-long debian-test debian-test-long aiortc-matrix config lock deb apt-repo clean

run: $(VENV)/.run
	@$(BIN)/python -m homecall_appliance run --config config/dev.toml

# The three loops; tests/README.md tells what is in which. Check: while writing, without root, apt and
# a browser, in a minute.
check: lint web-test quick-test

# What every change must pass. Machines of their own bear company, what is in time for a call does not.
test: audit
	@$(MAKE) --jobs=2 --output-sync=target --no-print-directory machine-test statics
	@$(MAKE) --no-print-directory python-test debian-test

# Everything there is.
test-long: test
	@$(MAKE) --no-print-directory machine-test-long python-test-long debian-test-long \
		aiortc-matrix

statics: lint web-test

lint: $(VENV)/.check node_modules/.package-lock.json
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	npm run --silent lint

# Known faults of the pinned packages.
audit: build/audit/.installed | $(VENV)/bin/python
	@$(BIN)/python tests/support/rigs/audit.py build/audit/bin/python requirements/test.txt

web-test: node_modules/.package-lock.json
	npm test --silent

# The slower tests wait more than they reckon: three of them keep two processors busy.
AT_A_TIME := --dist loadfile --numprocesses
MACHINES := tests/computer tests/packaging tests/system
# These want the machine to themselves: they are in time for a call.
ALONE := e2e or rig

# These speak as soon as they are imported, by espeak-ng and libopus.
SPEAKING := $(patsubst %,tests/media/audio/%.py,test_playout echo/test_alignment echo/test_ducking \
	echo/test_steering)

quick-test: $(VENV)/.check
	$(BIN)/pytest $(AT_A_TIME) 2 -m 'not (apt or slow or long or $(ALONE))' \
		$(patsubst %,--ignore=%,$(MACHINES) $(SPEAKING))

PROXIES := build/proxies/usr/sbin/nginx build/proxies/usr/bin/caddy

python-test: $(VENV)/.test node_modules/.package-lock.json build/promtool/usr/bin/promtool \
		build/servers/.extracted
	$(BIN)/pytest $(AT_A_TIME) 3 -m 'not (long or $(ALONE))' $(MACHINES:%=--ignore=%) \
		--cov --cov-report=term:skip-covered
	$(BIN)/pytest -m '($(ALONE)) and not long' $(MACHINES:%=--ignore=%)

python-test-long: $(VENV)/.test node_modules/.package-lock.json $(PROXIES) build/servers/.extracted \
		build/lighthouse/.installed
	$(BIN)/pytest -m long $(MACHINES:%=--ignore=%)

machine-test: $(VENV)/.test
	$(BIN)/pytest -m 'not long' $(MACHINES)

machine-test-long: $(VENV)/.test
	$(BIN)/pytest -m long $(MACHINES)

# With Debian 13's own Python and libraries, as the package runs: all tests but those of machines and
# browsers. Those of the echo canceller, which are slow and hardly touch a library, in test-long only.
ON_DEBIAN := tests/support/rigs/debian13/pytest.sh build/debian-test $(AT_A_TIME) 3 \
	$(patsubst %,--ignore=%,$(MACHINES) tests/e2e tests/endurance tests/reach)
SLOW_ON_DEBIAN := tests/media/audio/echo

debian-test: build/debian-test/.installed $(VENV)/.test
	$(ON_DEBIAN) -m 'not (rig or wheels or node or long)' $(SLOW_ON_DEBIAN:%=--ignore=%) tests

debian-test-long: build/debian-test/.installed $(VENV)/.test
	$(ON_DEBIAN) -m 'not (rig or wheels)' $(SLOW_ON_DEBIAN)

# Calls with each minor version of aiortc that may be installed: see requirements/aiortc-matrix.txt.
aiortc-matrix: $(VENV)/.test
	$(BIN)/python -m tests.support.aiortc_matrix

config: $(VENV)/.run
	$(BIN)/python -m homecall_appliance.config.manual >config/homecall.toml

# Every Python package, its version and its sums, after a change of pyproject.toml. For newer ones:
# make lock UPGRADE=--upgrade, or UPGRADE="--upgrade-package NAME".
COMPILE = build/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate \
	--custom-compile-command "make lock" $(UPGRADE)

lock: build/lock/bin/uv
	$(COMPILE) --python-version 3.11 pyproject.toml --extra dev --group build \
		--output-file requirements/test.txt
	$(COMPILE) --python-version 3.11 pyproject.toml --group build \
		--constraint requirements/test.txt --output-file requirements/run.txt
	$(COMPILE) --python-version 3.13 --group debian-test --no-emit-package numpy \
		--no-emit-package scipy --constraint requirements/test.txt \
		--output-file requirements/debian-test.txt
	$(COMPILE) --python-version 3.11 --group audit --output-file requirements/audit.txt

build/lock/bin/uv:
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/$(PIP) uv==0.13.9

# The Debian packages, into dist/: see debian/builder/build.sh.
deb: | $(VENV)/bin/python
	$(call apt_install,$(DEB_PACKAGES))
	@if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; $$sudo debian/builder/build.sh dist

# A signed archive of the packages in dist/, in dist/apt: make apt-repo KEY=<id of your gpg key>
apt-repo:
	$(call apt_install,$(REPOSITORY_PACKAGES))
	@debian/repository/build.sh dist "$(KEY)"

clean:
	rm -rf $(VENV) node_modules .run build dist .mypy_cache .ruff_cache .pytest_cache .coverage

$(VENV)/.run: pyproject.toml requirements/run.txt | $(VENV)/bin/python
	$(call apt_install,$(RUN_PACKAGES)) || echo "Going on without: calls may have no sound."
	@echo "Installing the appliance and its Python packages into $(VENV)."
	@$(BIN)/$(HASHED) requirements/run.txt
	@$(BIN)/$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What needs no apt: the Python packages.
$(VENV)/.check: pyproject.toml requirements/test.txt | $(VENV)/bin/python
	@echo "Installing the appliance, its Python packages and the test tools into $(VENV)."
	@$(BIN)/$(HASHED) requirements/test.txt
	@$(BIN)/$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: Makefile $(VENV)/.check
	$(call apt_install,$(TEST_PACKAGES))
	@touch $@ $(VENV)/.run

# Out of Debian's packages, which are not installed: they would start servers.
build/promtool/usr/bin/promtool: | $(VENV)/.test
	$(call out_of_package,build/promtool,prometheus,promtool)

build/proxies/usr/sbin/nginx: | $(VENV)/.test
	$(call out_of_package,build/proxies,nginx,nginx)

build/proxies/usr/bin/caddy: | $(VENV)/.test
	$(call out_of_package,build/proxies,caddy,caddy)

# The same, with the libraries that this machine lacks: a relay, DNS servers, a certificate authority
# and a client for it, what empties a NAT's table, what gives a program another clock, what
# looks for faults of TLS, what makes a machine known at home, and a broker of MQTT.
SERVER_PACKAGES := coturn knot knot-dnsutils pebble lego dnsmasq-base conntrack libfaketime \
	testssl.sh avahi-daemon avahi-utils mosquitto mosquitto-clients

build/servers/.extracted: Makefile | $(VENV)/.test
	@rm -rf build/servers && mkdir -p build/servers && cd build/servers && \
	missing=$$(apt-get --simulate --no-install-recommends install $(SERVER_PACKAGES) | \
		sed --quiet 's/^Inst \([^ ]*\).*/\1/p') && \
	apt-get --quiet=2 -o APT::Sandbox::User=root download \
		$$(printf '%s\n' $(SERVER_PACKAGES) $$missing | sort --unique) && \
	for each in *.deb; do dpkg-deb --extract $$each . || exit 1; rm $$each; done && touch .extracted

out_of_package = @mkdir -p $(1) && cd $(1) && \
	apt-get --quiet=2 -o APT::Sandbox::User=root download $(2) && \
	dpkg --fsys-tarfile $(2)_*.deb | tar --extract --wildcards "./usr/*bin/$(3)" && \
	rm $(2)_*.deb && touch $(abspath $@)

build/audit/.installed: requirements/audit.txt | $(VENV)/bin/python
	@$(PYTHON) -m venv --clear build/audit
	@build/audit/bin/$(HASHED) requirements/audit.txt
	@touch $@

# Beside node_modules, whose size it would quadruple.
build/lighthouse/.installed: $(addprefix tests/support/rigs/lighthouse/,package.json package-lock.json)
	@echo "Installing Lighthouse into build/lighthouse."
	@mkdir -p build/lighthouse && cp $^ build/lighthouse
	@npm ci --prefix build/lighthouse --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# For Debian 13's Python, whatever Python runs pip.
build/debian-test/.installed: requirements/debian-test.txt | $(VENV)/.test
	@rm -rf build/debian-test
	@$(BIN)/$(HASHED) requirements/debian-test.txt --only-binary=:all: \
		--python-version 3.13 --target build/debian-test
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || { $(call apt,python3-venv); }
	@echo "Making a virtual environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV)

node_modules/.package-lock.json: package.json package-lock.json
	@echo "Installing the tools of the web client into node_modules."
	@npm ci --silent --no-audit --no-fund
	@touch $@

# Installs packages with apt if some are missing; without the right to do so, says what to type.
apt_install = @missing=$$(for each in $(1); do \
	dpkg-query --show --showformat='$${db:Status-Status}\n' $$each 2>/dev/null | grep -qx installed || echo $$each; \
	done | xargs); test -z "$$missing" || { $(call apt,$$missing); }

apt = echo "Installing with apt: $(1)"; \
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo="sudo -n"; fi; \
	$$sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	$$sudo apt-get -qq install --yes --no-install-recommends $(1) >/dev/null || \
	{ echo "That did not work. Please type: sudo apt install $(1)"; false; }
