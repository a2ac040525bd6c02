"""What people's pages share: who is here, in which language, and how a page is made."""
