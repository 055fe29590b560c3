"""HomeCall Appliance: a plug-in home intercom."""

__version__ = "0.1.0"
