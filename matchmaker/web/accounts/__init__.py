"""Accounts: signing up and in (Flask-Security's views, our pages), and one's organisations."""
