"""Tests of bot/run."""
