"""The screen of the appliance: the code that calls it, and what a person has to know."""
