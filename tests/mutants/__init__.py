"""`make mutants`: whether the tests notice each small mistake that could be made in what decides about approvals."""
