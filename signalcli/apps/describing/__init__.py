"""Describe the receivers, senders and objects of an application without running its code."""
