"""Names and Role Provisioning Services 2.0: who is in the class of a link, besides who came in through it."""
