import nested.gone
