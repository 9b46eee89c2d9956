"""Backups of the database: made beside a running gateway, listed, verified and restored."""
