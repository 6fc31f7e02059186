"""The runs of Example 4.1 for chapter 11, one row a step."""
import csv, sys, time
from itertools import product
from active_teacher.experiments.two_pixels import compare, WAYS
GRID=(20,50,100,200,500,2000)
jobs=[("data",L,.3,.03) for L in (*GRID,8000,32000,128000)]
jobs+=[("t-test",L,.3,.03) for L in (150,200,500,2000)]
jobs+=[(w,L,.3,.03) for w in ("lasso","feature queries","features","invariance","augmentation","sparsity","count","structure","features and structure") for L in GRID]
jobs+=[("feature queries",2000,.3,a) for a in (.01,.04,.05)]
jobs+=[("active student",8400,e,.03) for e in (.1,.3,1.)]
jobs+=[("bisection",2000,.3,.03)]
jobs+=[("l_2",2000,e,.03) for e in (.01,.03,.1,.2,.3)]
jobs+=[("l_inf",2000,e,.03) for e in (.003,.01,.03,.1,.15,.2)]
jobs+=[("l_inf",L,.03,.03) for L in GRID[:-1]]+[("l_2",L,.03,.03) for L in GRID[:-1]]
compare(0)  # warm
start=time.time()
with open("/tmp/r13_two_pixels.csv","w",newline="") as f:
    out=None
    for seed in range(20):
        for way,labels,epsilon,alpha in jobs:
            r=vars(compare(seed,way=way,labels=labels,epsilon=epsilon,alpha=alpha))
            if out is None:
                out=csv.writer(f); out.writerow(["way","labels","epsilon","alpha","seed","step",*r])
            for k,row in enumerate(zip(*r.values())): out.writerow([way,labels,epsilon,alpha,seed,k,*row])
        f.flush(); print(seed,round(time.time()-start),flush=True)
