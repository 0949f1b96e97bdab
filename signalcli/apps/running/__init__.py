"""Run requests and programs in the process of an application, and record their sends."""
