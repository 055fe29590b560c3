"""The client's page in each of its states, with the appliance and the other side played."""
