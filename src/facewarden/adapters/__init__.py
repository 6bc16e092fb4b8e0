"""One room per outside thing. A room never imports a service or a surface."""
